/**
 * One number for each row out of several columns: sums, means, maxima and products. Columns may
 * differ in dtype; a row that lacks one of its values gets no result, and one NaN makes it NaN.
 */
import { bothValid, type NumericColumn, numericColumn } from "../table/column.ts";
import { type FloatReader, floatReader } from "../table/floats.ts";
import { forBlocks, kernel } from "../table/kernels.ts";
import { columnMemory } from "../table/memory.ts";
import { addWhole, type WholeReader, wholeReader } from "./whole-numbers.ts";

/** A result for each row, as a float64 column of this name. */
export type RowFunction = (
  name: string,
  columns: readonly NumericColumn[],
  rows: number,
) => NumericColumn;

/** The sum; of whole numbers the float64 nearest to it, also beyond 2^53. 0 of no columns. */
export const rowSums: RowFunction = (name, columns, rows) => {
  const exact = exactSum(columns);
  return folded(name, columns, rows, add, (readers, start, end, to) => {
    if (exact !== undefined && !readers.every((reader) => reader.exact())) exact(start, end, to);
  });
};

/** The sum divided by the number of columns. NaN of no columns. */
export const rowMeans: RowFunction = (name, columns, rows) => {
  const exact = exactSum(columns);
  return folded(name, columns, rows, add, (readers, start, end, to) => {
    if (exact !== undefined && !readers.every((reader) => reader.exact())) exact(start, end, to);
    divide(to, columns.length);
  });
};

/** The largest number. */
export const rowMaxima: RowFunction = (name, columns, rows) => folded(name, columns, rows, larger);

/** The product, computed in float64. */
export const rowProducts: RowFunction = (name, columns, rows) =>
  folded(name, columns, rows, multiply);

type Fold = (to: Float64Array, block: Float64Array) => void;
const fold = (expression: string): Fold =>
  kernel(
    "rows",
    ["to", "block"],
    `const rows = to.length; for (let i = 0; i < rows; i++) to[i] = ${expression};`,
  );
const add = fold("to[i] + block[i]");
const multiply = fold("to[i] * block[i]");
const larger = fold("Math.max(to[i], block[i])");
const divide = kernel<(to: Float64Array, by: number) => void>(
  "rows",
  ["to", "by"],
  "const rows = to.length; for (let i = 0; i < rows; i++) to[i] = to[i] / by;",
);

/** Folds the columns into one, a block of rows through all of them before the next block. */
function folded(
  name: string,
  columns: readonly NumericColumn[],
  rows: number,
  step: Fold,
  finish: (
    readers: readonly FloatReader[],
    start: number,
    end: number,
    to: Float64Array,
  ) => void = () => {},
): NumericColumn {
  const results = columnMemory("<f8", rows);
  const readers = columns.map(floatReader);
  forBlocks(rows, (start, end) => {
    const to = results.subarray(start, end);
    readers.forEach((reader, index) => {
      const block = reader.read(start, end);
      if (index === 0) to.set(block);
      else step(to, block);
    });
    if (readers.length === 0) to.fill(0);
    finish(readers, start, end, to);
  });
  let validity: Uint8Array | undefined;
  for (const column of columns) validity = bothValid(validity, column.validity);
  return numericColumn(name, results, { validity });
}

/** Sums of rows of whole numbers by halves; undefined when a column holds floats. */
function exactSum(
  columns: readonly NumericColumn[],
): ((start: number, end: number, to: Float64Array) => void) | undefined {
  const readers: WholeReader[] = [];
  for (const column of columns) {
    const reader = wholeReader(column);
    if (reader === undefined) return undefined;
    readers.push(reader);
  }
  return (start, end, to) => {
    const high = new Float64Array(end - start);
    const low = new Float64Array(end - start);
    for (const reader of readers) {
      const block = reader(start, end);
      add(high, block.high);
      add(low, block.low);
    }
    const none = new Float64Array(end - start);
    addWhole({ high, low }, { high: none, low: none }, to);
  };
}
