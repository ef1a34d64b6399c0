/**
 * A column as a few numbers, so that results of other processes can be compared without moving them:
 * how many rows, what they add up to, the same weighted by their places, and both ends.
 */
import assert from "node:assert/strict";
import type { Column } from "../src/table/column.ts";
import { toFloat64 } from "../src/table/floats.ts";

/** Of text the bytes are added up, and its lengths are what is weighted and stands at the ends. */
export interface ColumnSums {
  readonly rows: number;
  readonly sum: number;
  /** Row i counts 1 + (i mod 997) times: the order of rows shows in it. */
  readonly weighted: number;
  readonly first: number;
  readonly last: number;
}

/** By column name. */
export type TableSums = Readonly<Record<string, ColumnSums>>;

const WEIGHTS = 997;
/** Sums of ten million floats in another order differ by far less. */
const DIFFERENCE_MAX = 1e-9;

/** The sums of a column whose first row is row `firstRow` of the whole. */
export function sumsOf(column: Column, firstRow: number): ColumnSums {
  if (column.kind === "numeric") {
    const values = toFloat64(column);
    return sumsOfNumbers(values, firstRow, add(values));
  }
  const { offsets, bytes, length } = column;
  const lengths = new Float64Array(length);
  for (let i = 0; i < length; i++) lengths[i] = (offsets[i + 1] ?? 0) - (offsets[i] ?? 0);
  return sumsOfNumbers(lengths, firstRow, add(bytes.subarray(offsets[0], offsets[length])));
}

function add(values: Float64Array | Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}

function sumsOfNumbers(values: Float64Array, firstRow: number, sum: number): ColumnSums {
  const rows = values.length;
  let weighted = 0;
  let weight = firstRow % WEIGHTS;
  for (let i = 0; i < rows; i++) {
    weighted += (values[i] as number) * ++weight;
    if (weight === WEIGHTS) weight = 0;
  }
  return { rows, sum, weighted, first: values[0] ?? 0, last: values[rows - 1] ?? 0 };
}

/** The sums of parts that lie one below the other. */
export function joinSums(parts: readonly ColumnSums[]): ColumnSums {
  const filled = parts.filter(({ rows }) => rows > 0);
  const total = (key: "rows" | "sum" | "weighted") =>
    filled.reduce((sum, part) => sum + part[key], 0);
  return {
    rows: total("rows"),
    sum: total("sum"),
    weighted: total("weighted"),
    first: filled[0]?.first ?? 0,
    last: filled.at(-1)?.last ?? 0,
  };
}

/** Fails where the columns are not, to rounding, the same. */
export function assertSums(found: TableSums, wanted: TableSums, what: string): void {
  assert.deepEqual(Object.keys(found).sort(), Object.keys(wanted).sort(), `${what}: the columns`);
  for (const [name, expected] of Object.entries(wanted)) {
    for (const [key, value] of Object.entries(expected)) {
      const own = found[name]?.[key as keyof ColumnSums] ?? Number.NaN;
      const close = Math.abs(own - value) <= DIFFERENCE_MAX * Math.max(1, Math.abs(value));
      assert.ok(close, `${what}: ${key} of column "${name}" is ${own} instead of ${value}`);
    }
  }
}
