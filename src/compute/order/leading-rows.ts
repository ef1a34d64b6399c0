/** The first rows of an order, found without putting the others in order. */
import type { Column } from "../../table/column.ts";
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { takeColumn } from "../../table/take.ts";
import { type Lane, type LaneArray, laneKey, laneKind, releaseLanes } from "./lane.ts";
import { lanesOf } from "./lanes.ts";
import { type SortColumn, sortOrder } from "./sort-order.ts";

/** Keys are told apart by so many of their upper bits. */
const BUCKET_BITS = 16;

/** The first `count` rows in the stable order of a column, in that order; fewer where there are fewer. */
export function leadingRows(
  { column, descending = false }: SortColumn,
  count: number,
): Uint32Array {
  const candidates = likelyRows(column, descending, count);
  const those = candidates === undefined ? column : takeColumn(column, candidates);
  const { order } = sortOrder([{ column: those, descending }], those.length);
  const leading = new Uint32Array(Math.min(count, those.length));
  for (let i = 0; i < leading.length; i++) {
    const at = order === undefined ? i : (order[i] as number);
    leading[i] = candidates === undefined ? at : (candidates[at] as number);
  }
  return leading;
}

/** Rows among which the first ones are, in row order; undefined when that may be any. */
function likelyRows(column: Column, descending: boolean, count: number): Uint32Array | undefined {
  const { length } = column;
  if (2 * count >= length) return undefined;
  const lanes = lanesOf(column, { descending });
  const [lane] = lanes;
  if (lane === undefined) {
    return Uint32Array.from({ length: count }, (_, row) => row);
  }
  const shift = Math.max(0, 32 - Math.clz32(lane.max) - BUCKET_BITS);
  const last = lastBucket(lane, shift, length, count);
  const rows = columnMemory("<u4", length);
  const find = kernel<
    (
      values: LaneArray,
      base: number,
      shift: number,
      last: number,
      rows: Uint32Array,
      found: number,
      start: number,
      end: number,
    ) => number
  >(
    `leading ${laneKind(lane)}`,
    ["values", "base", "shift", "last", "rows", "found", "start", "end"],
    `${loopText((i) => `rows[found] = ${i}; found += 1 & (${laneKey(lane, i)} >>> shift <= last);`)}
    return found;`,
  );
  let found = 0;
  forBlocks(length, (start, end) => {
    found = find(lane.values, lane.base, shift, last, rows, found, start, end);
  });
  releaseLanes(lanes);
  const likely = rows.slice(0, found);
  returnMemory(rows);
  return likely;
}

/** The bucket of upper bits in which the `count`-th key lies. */
function lastBucket(lane: Lane, shift: number, rows: number, count: number): number {
  const buckets = new Uint32Array(1 << BUCKET_BITS);
  const fill = kernel<
    (
      values: LaneArray,
      base: number,
      shift: number,
      buckets: Uint32Array,
      start: number,
      end: number,
    ) => void
  >(
    `buckets ${laneKind(lane)}`,
    ["values", "base", "shift", "buckets", "start", "end"],
    loopText((i) => `buckets[${laneKey(lane, i)} >>> shift]++;`),
  );
  forBlocks(rows, (start, end) => fill(lane.values, lane.base, shift, buckets, start, end));
  let below = 0;
  let bucket = 0;
  while (bucket < buckets.length - 1 && below + (buckets[bucket] ?? 0) < count) {
    below += buckets[bucket++] ?? 0;
  }
  return bucket;
}
