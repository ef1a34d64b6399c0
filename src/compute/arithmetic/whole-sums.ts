/**
 * Sums of int64 and uint64 columns, exact whatever their size, in 32-bit halves: a bigint for every
 * value would cost twenty times as much.
 */
import { countNulls, isNull, type NumericColumn } from "../../table/column.ts";
import { forBlocks } from "../../table/kernels.ts";

/**
 * The upper and the lower halves of all values, added up on their own. Plain data: each fits 64 bits
 * for up to 2^31 rows, which the sum itself may not.
 */
export interface WholeSum {
  readonly high: bigint;
  readonly low: bigint;
  /** Rows that have a value. */
  readonly count: number;
}

const noSum: WholeSum = { high: 0n, low: 0n, count: 0 };

export const addWholeSums = (a: WholeSum, b: WholeSum): WholeSum => ({
  high: a.high + b.high,
  low: a.low + b.low,
  count: a.count + b.count,
});

/** The mean, rounded once; NaN of no rows. */
export function wholeMeanOf({ high, low, count }: WholeSum): number {
  if (count === 0) return Number.NaN;
  const rows = BigInt(count);
  // More digits than a float has, the last of which says whether any others follow.
  const total = ((high << 32n) + low) << 64n;
  const mean = total / rows;
  const last = total % rows === 0n ? mean : mean | 1n;
  return Number(last) * 2 ** -64;
}

/** The sum of the rows that have a value; undefined where the dtype is neither int64 nor uint64. */
export function wholeSumOf(column: NumericColumn): WholeSum | undefined {
  const { dtype, values, length, validity } = column;
  if (dtype !== "<i8" && dtype !== "<u8") return undefined;
  const halves = new Int32Array(values.buffer, values.byteOffset, length * 2);
  const upper = dtype === "<i8" ? 0 : 2 ** 32;
  const sums = new Float64Array(2);
  let total: WholeSum = { ...noSum, count: length - countNulls(validity, length) };
  forBlocks(length, (start, end) => {
    if (validity === undefined) addHalves(halves, 2 * start, 2 * end, upper, sums);
    else addHalves(cleared(column, halves, start, end), 0, 2 * (end - start), upper, sums);
    const [low = 0, high = 0] = sums;
    total = addWholeSums(total, { high: BigInt(high), low: BigInt(low), count: 0 });
  });
  return total;
}

/**
 * The sums of the lower and the upper halves of a block, which are exact in a float. `wrap` is what
 * an upper half below 0 stands for less.
 */
function addHalves(
  halves: Int32Array,
  from: number,
  to: number,
  wrap: number,
  sums: Float64Array,
): void {
  let low = 0;
  let high = 0;
  let negative = 0;
  for (let i = from; i < to; i += 2) {
    const upper = halves[i + 1] as number;
    low += (halves[i] as number) >>> 0;
    high += upper;
    negative += upper >>> 31;
  }
  sums[0] = low;
  sums[1] = high + negative * wrap;
}

/** The halves of rows [start, end), 0 where a row has no value. */
function cleared(column: NumericColumn, halves: Int32Array, start: number, end: number) {
  const block = halves.slice(2 * start, 2 * end);
  for (let row = start; row < end; row++) {
    if (isNull(column, row)) block.fill(0, 2 * (row - start), 2 * (row - start) + 2);
  }
  return block;
}
