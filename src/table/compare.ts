/**
 * Whether two tables are equal, and if not, where they first differ; and in which columns several do. NaN equals NaN, 0 equals -0;
 * names, dtypes and column order count.
 */
import { type Value, valueAt } from "./column.ts";
import { jsonValue } from "./json.ts";
import { schemaDifference, type Table } from "./table.ts";

/** Columns that are told of where tables differ in more. */
const COLUMNS_SHOWN = 8;

/**
 * Which columns keep several tables from having the same ones, in words: tables are told by their
 * number, from 1. Empty where nothing does.
 */
export function columnDifferences(tables: readonly Table[]): string {
  const names = new Set(tables.flatMap((table) => table.names));
  const told: string[] = [];
  for (const name of names) {
    const places = new Map<string, number[]>();
    for (const [index, table] of tables.entries()) {
      const dtype = table.has(name) ? table.column(name).dtype : "missing";
      places.set(dtype, [...(places.get(dtype) ?? []), index + 1]);
    }
    if (places.size < 2) continue;
    const all = [...places].map(([dtype, numbers]) => `${dtype} in ${numbers.join(", ")}`);
    told.push(`"${name}" is ${all.join(" and ")}`);
  }
  if (told.length > COLUMNS_SHOWN) {
    return `${told.slice(0, COLUMNS_SHOWN).join("; ")}; and ${told.length - COLUMNS_SHOWN} more`;
  }
  if (told.length > 0) return told.join("; ");
  const orders = new Set(tables.map((table) => table.names.join(", ")));
  return orders.size < 2 ? "" : `their order is ${[...orders].join(" and ")}`;
}

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
