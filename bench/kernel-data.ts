/**
 * The table that kernels are measured on: eleven columns that follow from the row alone, in shared
 * memory, so that threads read it where it lies. Its first rows are the smaller table. Nothing here
 * is read from a file or drawn by chance.
 */
import type { NumericColumn } from "../src/table/column.ts";
import { numericColumn } from "../src/table/column.ts";

/** A column as it is handed to a thread, without a copy. */
export interface SharedColumn {
  readonly name: string;
  readonly dtype: "<f8" | "<i8";
  readonly values: SharedArrayBuffer;
}

interface Recipe {
  readonly name: string;
  readonly dtype: SharedColumn["dtype"];
  /** From a number in [0, 1), and the value of column `a` in the same row. */
  readonly make: (share: number, a: number) => number;
}

/** Groups of the column `key`. */
export const GROUPS = 1_000;

const recipes: readonly Recipe[] = [
  // No logarithm of 0, and no two rows alike.
  { name: "a", dtype: "<f8", make: (share) => 0.001 + 999 * share },
  { name: "b", dtype: "<f8", make: (share) => 1 + 999 * share },
  { name: "exponent", dtype: "<f8", make: (share) => 0.5 + 3 * share },
  { name: "y", dtype: "<f8", make: (share, a) => 3 * a + 7 + 20 * (share - 0.5) },
  { name: "key", dtype: "<i8", make: (share) => Math.floor(GROUPS * share) },
  { name: "f1", dtype: "<f8", make: (share) => share },
  { name: "f2", dtype: "<f8", make: (share) => 1e6 * share },
  { name: "f3", dtype: "<f8", make: (share) => 10 + share },
  { name: "f4", dtype: "<f8", make: (share) => 1e-3 * share },
  { name: "n1", dtype: "<i8", make: (share) => Math.floor(1_000_000 * share) },
  { name: "n2", dtype: "<i8", make: (share) => Math.floor(2 ** 40 * share) },
];

/** The columns, of so many rows. */
export function makeColumns(rows: number): readonly SharedColumn[] {
  let first: Float64Array = new Float64Array(rows);
  return recipes.map(({ name, dtype, make }, column) => {
    const values = new SharedArrayBuffer(8 * rows);
    const floats = dtype === "<f8" ? new Float64Array(values) : new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      floats[row] = make(shareOf(row, column), first[row] as number);
    }
    if (dtype === "<i8") toWhole(floats, values);
    if (column === 0) first = floats;
    return { name, dtype, values };
  });
}

/** Whole numbers below 2^53 as the two halves of int64. */
function toWhole(floats: Float64Array, values: SharedArrayBuffer): void {
  const halves = new Uint32Array(values);
  for (let row = 0; row < floats.length; row++) {
    const value = floats[row] as number;
    halves[2 * row] = value >>> 0;
    halves[2 * row + 1] = Math.floor(value / 2 ** 32);
  }
}

/** A number in [0, 1), of 53 bits, that is another one for each row and column. */
export function shareOf(row: number, column: number): number {
  const high = mix(row, 2 * column) >>> 5;
  return (high * 2 ** 26 + (mix(row, 2 * column + 1) >>> 6)) / 2 ** 53;
}

/** 32 bits that look like chance; for one seed every row has bits of its own. */
function mix(row: number, seed: number): number {
  let bits = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 16);
}

/** The column over the shared memory itself. */
export function columnOf({ name, dtype, values }: SharedColumn): NumericColumn {
  const array = dtype === "<f8" ? new Float64Array(values) : new BigInt64Array(values);
  return numericColumn(name, array);
}
