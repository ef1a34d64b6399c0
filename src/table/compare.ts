/**
 * Whether two tables are equal, and if not, where they first differ. NaN equals NaN, 0 equals -0;
 * names, dtypes and column order count.
 */
import { type Value, valueAt } from "./column.ts";
import { jsonValue } from "./json.ts";
import { schemaDifference, type Table } from "./table.ts";

export interface Tolerance {
  /** Largest |a - b| / max(|a|, |b|) of two numbers that count as equal; 0 when absent. */
  readonly relative?: number;
}

export const equalTables = (a: Table, b: Table, tolerance: Tolerance = {}): boolean =>
  tableDifference(a, b, tolerance) === undefined;

/** The first difference, in words; undefined when the tables are equal. */
export function tableDifference(a: Table, b: Table, tolerance: Tolerance = {}): string | undefined {
  const schema = schemaDifference(a, b);
  if (schema !== undefined) return schema;
  if (a.rows !== b.rows) return `${a.rows} and ${b.rows} rows`;
  const relative = tolerance.relative ?? 0;
  for (const left of a.columns) {
    const right = b.column(left.name);
    for (let row = 0; row < a.rows; row++) {
      const [one, other] = [valueAt(left, row), valueAt(right, row)];
      if (equalValues(one, other, relative)) continue;
      return `column "${left.name}", row ${row}: ${jsonValue(one)} and ${jsonValue(other)}`;
    }
  }
  return undefined;
}

function equalValues(a: Value, b: Value, relative: number): boolean {
  if (a === b) return true;
  if (typeof a !== "number" || typeof b !== "number") return false;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b));
}
