/**
 * One number for each row out of several columns: sums, means, maxima and products. Columns may
 * differ in dtype; a row that lacks one of its values gets no result, and one NaN makes it NaN.
 */
import { bothValid, type NumericColumn, numericColumn } from "../../table/column.ts";
import { floatReader } from "../../table/floats.ts";
import { BLOCK_ROWS, forBlocks } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import { elementwise, type FloatOperation } from "./operators.ts";
import { joinHalves, wholeAdder } from "./whole-numbers.ts";

/** A result for each row, as a float64 column of this name. */
export type RowFunction = (
  name: string,
  columns: readonly NumericColumn[],
  rows: number,
) => NumericColumn;

/** The sum; of whole numbers the float64 nearest to it, also beyond 2^53. 0 of no columns. */
export const rowSums: RowFunction = (name, columns, rows) =>
  filled(name, columns, rows, sumsOf(columns));

/** The sum divided by the number of columns. NaN of no columns. */
export const rowMeans: RowFunction = (name, columns, rows) => {
  const sum = sumsOf(columns);
  return filled(name, columns, rows, (start, end, to) => {
    sum(start, end, to);
    divide(to, columns.length, to);
  });
};

/** The largest number. */
export const rowMaxima: RowFunction = (name, columns, rows) =>
  filled(name, columns, rows, folded(columns, larger));

/** The product, computed in float64. */
export const rowProducts: RowFunction = (name, columns, rows) =>
  filled(name, columns, rows, folded(columns, multiply));

const add = elementwise((a, b) => `${a} + ${b}`);
const multiply = elementwise((a, b) => `${a} * ${b}`);
const divide = elementwise((a, b) => `${a} / ${b}`);
const larger = elementwise((a, b) => `Math.max(${a}, ${b})`);

/** Writes the results of rows [start, end). */
type FillBlock = (start: number, end: number, to: Float64Array) => void;

/** A column that is filled block by block: a block of rows of all columns before the next block. */
function filled(
  name: string,
  columns: readonly NumericColumn[],
  rows: number,
  fill: FillBlock,
): NumericColumn {
  const results = columnMemory("<f8", rows);
  forBlocks(rows, (start, end) => fill(start, end, results.subarray(start, end)));
  let validity: Uint8Array | undefined;
  for (const column of columns) validity = bothValid(validity, column.validity);
  return numericColumn(name, results, { validity });
}

/** The numbers of each row, taken together two by two. */
function folded(columns: readonly NumericColumn[], step: FloatOperation): FillBlock {
  const readers = columns.map(floatReader);
  return (start, end, to) => {
    if (readers.length === 0) to.fill(0);
    readers.forEach((reader, index) => {
      const block = reader.read(start, end);
      if (index === 0) to.set(block);
      else step(to, block, to);
    });
  };
}

// Whether a row is summed exactly hangs on dtypes alone, never on other rows: chunks give the same.
function sumsOf(columns: readonly NumericColumn[]): FillBlock {
  const wide = columns.some(({ dtype }) => dtype === "<i8" || dtype === "<u8");
  const adders = columns.map(wholeAdder);
  if (!wide || adders.includes(undefined)) return folded(columns, add);
  const high = new Float64Array(BLOCK_ROWS);
  const low = new Float64Array(BLOCK_ROWS);
  return (start, end, to) => {
    const sum = {
      high: high.subarray(0, end - start).fill(0),
      low: low.subarray(0, end - start).fill(0),
    };
    for (const addColumn of adders) addColumn?.(start, end, sum);
    joinHalves(sum, to);
  };
}
