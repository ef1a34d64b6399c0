/** Floats to int64 and the order of whole numbers, without a bigint for every value. */
import type { NumericColumn } from "../../table/column.ts";
import { presentValues } from "../statistics/present.ts";

const TWO_32 = 4_294_967_296;
const TWO_63 = 2 ** 63;

/**
 * Writes floats, cut off toward zero, into `out` from `at` on. What int64 cannot hold, NaN among it,
 * becomes -2^63, as processors have it.
 */
export function writeWholes(floats: Float64Array, out: BigInt64Array, at: number): void {
  const halves = new Int32Array(out.buffer, out.byteOffset, out.length * 2);
  for (let i = 0; i < floats.length; i++) {
    const whole = Math.trunc(floats[i] as number);
    const held = whole >= -TWO_63 && whole < TWO_63 ? whole : -TWO_63;
    const high = Math.floor(held / TWO_32);
    // Storing into 32 bits takes the number modulo 2^32.
    halves[2 * (at + i)] = held - high * TWO_32;
    halves[2 * (at + i) + 1] = high;
  }
}

/**
 * Writes the values a column has as int64, ascending; returns how many those are. NaN comes last, as
 * -2^63, which is also what becomes of uint64 values that int64 cannot hold.
 */
export function writeSortedWholes(column: NumericColumn, out: BigInt64Array): number {
  const { values, validity } = column;
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) {
    const sorted = presentValues(column).slice().sort();
    writeWholes(sorted, out, 0);
    return sorted.length;
  }
  let count = 0;
  const copy = values.slice();
  for (let row = 0; row < values.length; row++) {
    copy[count] = values[row] as bigint;
    count += validity === undefined ? 1 : ((validity[row >> 3] ?? 0) >> (row & 7)) & 1;
  }
  const sorted = copy.subarray(0, count).sort();
  const held =
    values instanceof BigInt64Array ? count : sorted.findIndex((value) => value >= 2n ** 63n);
  for (let i = 0; i < count; i++) out[i] = sorted[i] as bigint;
  if (held >= 0) out.fill(-(2n ** 63n), held, count);
  return count;
}
