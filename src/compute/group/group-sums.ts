/**
 * Counts, sums, means and spreads of groups, as states that can be merged in any way of cutting the
 * rows: the rounding error of sums is carried along (Knuth's two-sum), spreads are squares around
 * the mean (Chan, Golub and LeVeque 1979). All rows given count.
 */
import { RtlError } from "../../protocol/errors.ts";
import type { NumericColumn } from "../../table/column.ts";
import { floatReader } from "../../table/floats.ts";
import { BLOCK_ROWS, forBlocks, kernel, loopText } from "../../table/kernels.ts";

/** Of each group the rows. */
export function groupCounts(ids: Uint32Array, groups: number): Float64Array {
  const counts = new Uint32Array(groups);
  forBlocks(ids.length, (start, end) => countRows(ids, counts, start, end));
  return Float64Array.from(counts);
}

const countRows = kernel<
  (ids: Uint32Array, counts: Uint32Array, start: number, end: number) => void
>(
  "count rows",
  ["ids", "counts", "start", "end"],
  loopText((i) => `counts[ids[${i}]]++;`),
);

/** Of each group a sum and what rounding took from it. */
export interface GroupSums {
  readonly sum: Float64Array;
  readonly carry: Float64Array;
}

export const groupSums = (column: NumericColumn, ids: Uint32Array, groups: number): GroupSums =>
  countedSums(column, ids, groups);

/** Sums and rows in one pass. */
export function countedSums(
  column: NumericColumn,
  ids: Uint32Array,
  groups: number,
): GroupSums & { readonly count: Float64Array } {
  const reader = floatReader(column);
  const sums = new Summing(groups);
  const { values } = column;
  const long = values instanceof BigInt64Array || values instanceof BigUint64Array;
  forBlocks(ids.length, (start, end) => {
    const block = reader.read(start, end);
    sums.add(block, ids, start, end);
    if (long && !reader.exact()) addRest(values, block, ids, sums.carry, start, end);
  });
  return sums;
}

/** What the floats of a block lack of its whole numbers beyond 2^53. */
function addRest(
  values: BigInt64Array | BigUint64Array,
  floats: Float64Array,
  ids: Uint32Array,
  carry: Float64Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) {
    const group = ids[row] as number;
    const rest = (values[row] as bigint) - BigInt(floats[row - start] as number);
    carry[group] = (carry[group] as number) + Number(rest);
  }
}

/** Sums of groups while blocks of rows are added to them. */
class Summing {
  readonly sum: Float64Array;
  readonly carry: Float64Array;
  readonly count: Float64Array;

  constructor(groups: number) {
    this.sum = new Float64Array(groups);
    this.carry = new Float64Array(groups);
    this.count = new Float64Array(groups);
  }

  /** Adds the values of rows [start, end), the first of which is the first of `values`. */
  add(values: Float64Array, ids: Uint32Array, start: number, end: number): void {
    addBlock(values, ids, this.sum, this.carry, this.count, start, end);
  }
}

const addBlock = kernel<
  (
    values: Float64Array,
    ids: Uint32Array,
    sum: Float64Array,
    carry: Float64Array,
    count: Float64Array,
    start: number,
    end: number,
  ) => void
>(
  "add to groups",
  ["values", "ids", "sum", "carry", "count", "start", "end"],
  loopText(
    (i) => `{ const group = ids[${i}], value = values[${i} - start];
      const before = sum[group], after = before + value, added = after - before;
      sum[group] = after;
      carry[group] += before - (after - added) + (value - added);
      count[group]++; }`,
  ),
);

/** Sums and carries of parts as those of the whole. */
export function mergedSums(
  sum: NumericColumn,
  carry: NumericColumn,
  ids: Uint32Array,
  groups: number,
): GroupSums {
  const sums = groupSums(sum, ids, groups);
  const carries = totals(groupSums(carry, ids, groups));
  return { sum: sums.sum, carry: sums.carry.map((part, group) => part + (carries[group] ?? 0)) };
}

/** The sums as one number each. An infinite or undefined sum has no rounding error to add. */
export const totals = ({ sum, carry }: GroupSums): Float64Array =>
  sum.map((value, group) => (Number.isFinite(value) ? value + (carry[group] ?? 0) : value));

/** Sums of whole numbers: their lower 64 bits, and nearly the sum, which says what is above those. */
export interface WholeSums {
  readonly low: BigInt64Array | BigUint64Array;
  readonly near: Float64Array;
}

export function wholeSums(column: NumericColumn, ids: Uint32Array, groups: number): WholeSums {
  const sums = groupSums(column, ids, groups);
  const unsigned = /^[<|]u/.test(column.dtype);
  const low = unsigned ? new BigUint64Array(groups) : new BigInt64Array(groups);
  if (column.dtype === "<i8" || column.dtype === "<u8") {
    const add = kernel<
      (
        values: NumericColumn["values"],
        ids: Uint32Array,
        sums: BigInt64Array | BigUint64Array,
        start: number,
        end: number,
      ) => void
    >(
      `whole sums ${column.dtype}`,
      ["values", "ids", "sums", "start", "end"],
      loopText(
        (i) => `{ const group = ids[${i}];
          sums[group] = BigInt.${unsigned ? "asUintN" : "asIntN"}(64, sums[group] + values[${i}]); }`,
      ),
    );
    forBlocks(ids.length, (start, end) => add(column.values, ids, low, start, end));
  } else {
    // Up to 32 bits wide: the sum and its carry are exact.
    for (let group = 0; group < groups; group++) {
      low[group] = BigInt(sums.sum[group] ?? 0) + BigInt(sums.carry[group] ?? 0);
    }
  }
  return { low, near: totals(sums) };
}

/** Sums of parts as those of the whole. */
export function mergedWholeSums(
  low: NumericColumn,
  near: NumericColumn,
  ids: Uint32Array,
  groups: number,
): WholeSums {
  return {
    low: wholeSums(low, ids, groups).low,
    near: totals(groupSums(near, ids, groups)),
  };
}

/** The sums themselves; RTL_TABLE_INVALID, naming the column, when one does not fit 64 bits. */
export function exactSums({ low, near }: WholeSums, name: string): BigInt64Array | BigUint64Array {
  for (let group = 0; group < low.length; group++) {
    // The error of `near` is far below 2^63, so that it cannot hide a missing 2^64.
    const wraps = Math.round(((near[group] ?? 0) - Number(low[group] ?? 0)) / 2 ** 64);
    if (wraps === 0) continue;
    const dtype = low instanceof BigInt64Array ? "int64" : "uint64";
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `the sum of column "${name}" is about ${(near[group] ?? 0).toExponential(3)}, beyond ${dtype}`,
      { fix: "make the column float64 first, or take its mean" },
    );
  }
  return low;
}

/** Of each group its rows, mean, and sum of squares around the mean. */
export interface GroupMoments {
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

export function groupMoments(
  column: NumericColumn,
  ids: Uint32Array,
  groups: number,
): GroupMoments {
  const first = countedSums(column, ids, groups);
  const { count } = first;
  const mean = totals(first).map((total, group) => total / (count[group] || 1));
  const drift = new Float64Array(groups);
  const reader = floatReader(column);
  const sums = new Summing(groups);
  const block = new Float64Array(Math.min(BLOCK_ROWS, ids.length));
  forBlocks(ids.length, (start, end) => {
    squareBlock(reader.read(start, end), ids, mean, block, drift, start, end);
    sums.add(block, ids, start, end);
  });
  // The mean is rounded: what the differences from it add up to corrects the squares.
  const squares = totals(sums).map((value, group) =>
    Math.max(0, value - (drift[group] ?? 0) ** 2 / (count[group] || 1)),
  );
  return { count, mean, squares };
}

/** Squares of the differences from the groups' means, and for each group the sum of the differences. */
const squareBlock = kernel<
  (
    values: Float64Array,
    ids: Uint32Array,
    mean: Float64Array,
    squares: Float64Array,
    drift: Float64Array,
    start: number,
    end: number,
  ) => void
>(
  "squares of groups",
  ["values", "ids", "mean", "squares", "drift", "start", "end"],
  loopText(
    (i) => `{ const group = ids[${i}];
      const difference = values[${i} - start] - mean[group];
      squares[${i} - start] = difference * difference;
      drift[group] += difference; }`,
  ),
);

/** Moments of parts as those of the whole. */
export function mergedMoments(parts: GroupMoments, ids: Uint32Array, groups: number): GroupMoments {
  const count = new Float64Array(groups);
  const mean = new Float64Array(groups);
  const squares = new Float64Array(groups);
  for (let i = 0; i < ids.length; i++) {
    const group = ids[i] as number;
    const more = parts.count[i] as number;
    if (more === 0) continue;
    const before = count[group] as number;
    const both = before + more;
    const step = (parts.mean[i] as number) - (mean[group] as number);
    count[group] = both;
    squares[group] =
      (squares[group] as number) +
      (parts.squares[i] as number) +
      // The weight, which may be a half, goes between: the square alone may leave the floats.
      step * ((before * more) / both) * step;
    mean[group] =
      before === 0 ? (parts.mean[i] as number) : (mean[group] as number) + (step * more) / both;
  }
  return { count, mean, squares };
}
