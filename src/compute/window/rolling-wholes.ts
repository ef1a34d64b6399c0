/**
 * Sums and means of int64 and uint64 over a window that ends at each row. Differences of sums so far
 * are exact here, because those sums are whole numbers in two halves.
 */
import type { NumericColumn } from "../../table/column.ts";
import { BLOCK_ROWS } from "../../table/kernels.ts";
import { forPartitions, type Partitions } from "../group/partitions.ts";
import type { Window } from "./rolling.ts";

/**
 * Writes the sum of each window into `out`, or the mean, rounded once; NaN where it holds too few
 * present rows.
 */
export function rollingWholes(
  column: NumericColumn,
  present: Uint8Array,
  partitions: Partitions,
  window: Window,
  mean: boolean,
  out: Float64Array,
): void {
  const { values, length, dtype } = column;
  const halves = new Int32Array(values.buffer, values.byteOffset, length * 2);
  const sums: SumsSoFar = {
    lower: new Float64Array(length + 1),
    upper: new Float64Array(length + 1),
    counts: new Float64Array(length + 1),
  };
  // Signed and unsigned columns differ in the sign of their upper halves only.
  const wrap = dtype === "<u8" ? 2 ** 32 : 0;
  forPartitions(partitions, (start, end) => {
    for (let block = start; block < end; block += BLOCK_ROWS) {
      const to = Math.min(end, block + BLOCK_ROWS);
      addHalves(halves, wrap, present, partitions.rows, sums, start, block, to);
      subtractSums(sums, partitions.rows, window, mean, out, start, block, to);
    }
  });
}

/** At place i + 1 what rows up to the i-th of a partition come to; 0 at place 0. */
interface SumsSoFar {
  /** Below 2^32. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly counts: Float64Array;
}

function addHalves(
  halves: Int32Array,
  wrap: number,
  present: Uint8Array,
  rows: Uint32Array,
  { lower, upper, counts }: SumsSoFar,
  start: number,
  from: number,
  to: number,
): void {
  let low = lower[from - start] as number;
  let high = upper[from - start] as number;
  let count = counts[from - start] as number;
  for (let i = from; i < to; i++) {
    const row = rows[i] as number;
    if (present[row] === 1) {
      const half = halves[2 * row + 1] as number;
      low += (halves[2 * row] as number) >>> 0;
      high += half < 0 ? half + wrap : half;
      if (low >= 4_294_967_296) {
        low -= 4_294_967_296;
        high++;
      }
      count++;
    }
    lower[i + 1 - start] = low;
    upper[i + 1 - start] = high;
    counts[i + 1 - start] = count;
  }
}

function subtractSums(
  { lower, upper, counts }: SumsSoFar,
  rows: Uint32Array,
  window: Window,
  mean: boolean,
  out: Float64Array,
  start: number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const end = i + 1 - start;
    const begin = Math.max(0, end - window.rows);
    const count = (counts[end] as number) - (counts[begin] as number);
    const high = (upper[end] as number) - (upper[begin] as number);
    const sum = high * 4_294_967_296 + ((lower[end] as number) - (lower[begin] as number));
    const result = mean ? sum / count : sum;
    out[rows[i] as number] = count < window.valuesMin ? Number.NaN : result;
  }
}
