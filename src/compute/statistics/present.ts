/**
 * What a column holds as float64, block by block, without the rows that have no value: what every
 * statistic reads. It knows nothing of where in the column a value stands.
 */
import { bothValid, type NumericColumn, setBit } from "../../table/column.ts";
import { floatReader } from "../../table/floats.ts";
import { BLOCK_ROWS, forBlocks } from "../../table/kernels.ts";

/** Visits the values of a column in order. A block is valid until the next visit; none is empty. */
export function forPresent(column: NumericColumn, visit: (values: Float64Array) => void): void {
  const { validity, length } = column;
  const reader = floatReader(column);
  if (validity === undefined) {
    forBlocks(length, (start, end) => visit(reader.read(start, end)));
    return;
  }
  const kept = new Float64Array(Math.min(BLOCK_ROWS, length));
  forBlocks(length, (start, end) => {
    const count = keepPresent(reader.read(start, end), validity, start, kept);
    if (count > 0) visit(kept.subarray(0, count));
  });
}

/** Visits the rows that have a value in both columns, in order. */
export function forPresentPairs(
  x: NumericColumn,
  y: NumericColumn,
  visit: (xs: Float64Array, ys: Float64Array) => void,
): void {
  const validity = bothValid(x.validity, y.validity);
  const [readerX, readerY] = [floatReader(x), floatReader(y)];
  if (validity === undefined) {
    forBlocks(x.length, (start, end) => visit(readerX.read(start, end), readerY.read(start, end)));
    return;
  }
  const keptX = new Float64Array(Math.min(BLOCK_ROWS, x.length));
  const keptY = new Float64Array(keptX.length);
  forBlocks(x.length, (start, end) => {
    const count = keepPresent(readerX.read(start, end), validity, start, keptX);
    keepPresent(readerY.read(start, end), validity, start, keptY);
    if (count > 0) visit(keptX.subarray(0, count), keptY.subarray(0, count));
  });
}

/** All values of the column, in order: a view where it lacks none and holds float64 already. */
export function presentValues(column: NumericColumn): Float64Array {
  if (column.validity === undefined && column.values instanceof Float64Array) return column.values;
  const all = new Float64Array(column.length);
  let count = 0;
  forPresent(column, (values) => {
    all.set(values, count);
    count += values.length;
  });
  return all.subarray(0, count);
}

/** Writes every value and moves on only after those that count: no branch to mispredict. */
function keepPresent(
  block: Float64Array,
  validity: Uint8Array,
  start: number,
  kept: Float64Array,
): number {
  let count = 0;
  for (let i = 0; i < block.length; i++) {
    const row = start + i;
    kept[count] = block[i] as number;
    count += ((validity[row >> 3] as number) >> (row & 7)) & 1;
  }
  return count;
}

/** A bitmap that says that the first `count` of so many rows have a value; none if all have. */
export function firstValid(count: number, rows: number): Uint8Array | undefined {
  if (count >= rows) return undefined;
  const validity = new Uint8Array((rows + 7) >> 3).fill(0xff, 0, count >> 3);
  for (let row = count & ~7; row < count; row++) setBit(validity, row);
  return validity;
}
