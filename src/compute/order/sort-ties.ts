/**
 * Sorting within ties: many short ones by insertion, the long ones all at once by their digits. It
 * moves row numbers and their keys together, in place.
 */
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { plainLane } from "./lane.ts";
import { orderByLane } from "./radix.ts";
import { TieList, type Ties } from "./ties.ts";

/** Ties up to this length are sorted by insertion. */
const SHORT_ROWS = 32;

/** Sorts rows and their keys within each tie, and finds the ties that remain. */
export function sortWithin(
  ties: Ties,
  rows: Uint32Array,
  keys: Uint32Array,
  max: number,
): { ties: Ties; moved: boolean } {
  const { starts, ends, count } = ties;
  const long: number[] = [];
  let moved = false;
  for (let i = 0; i < count; i++) {
    const [start, end] = [starts[i] as number, ends[i] as number];
    if (end - start <= SHORT_ROWS) moved = insertionSort(rows, keys, start, end) || moved;
    else if (!isAscending(keys, start, end)) long.push(i);
  }
  if (long.length > 0) sortLong(ties, long, rows, keys, max);
  const left = new TieList(rows.length);
  for (let i = 0; i < count; i++) {
    const [start, end] = [starts[i] as number, ends[i] as number];
    left.note(keys, 1, start, start, end);
    left.close(end);
  }
  return { ties: left.ties(), moved: moved || long.length > 0 };
}

function insertionSort(rows: Uint32Array, keys: Uint32Array, start: number, end: number): boolean {
  let moved = false;
  for (let i = start + 1; i < end; i++) {
    const key = keys[i] as number;
    if ((keys[i - 1] as number) <= key) continue;
    const row = rows[i] as number;
    let at = i - 1;
    while (at >= start && (keys[at] as number) > key) {
      keys[at + 1] = keys[at] as number;
      rows[at + 1] = rows[at] as number;
      at--;
    }
    keys[at + 1] = key;
    rows[at + 1] = row;
    moved = true;
  }
  return moved;
}

function isAscending(keys: Uint32Array, start: number, end: number): boolean {
  for (let i = start + 1; i < end; i++) {
    if ((keys[i - 1] as number) > (keys[i] as number)) return false;
  }
  return true;
}

/**
 * Sorts the long ties all at once: first their rows altogether by key, then, keeping that order, back
 * into their ties.
 */
function sortLong(
  { starts, ends }: Ties,
  long: readonly number[],
  rows: Uint32Array,
  keys: Uint32Array,
  max: number,
): void {
  let total = 0;
  for (const tie of long) total += (ends[tie] as number) - (starts[tie] as number);
  const own = {
    rows: columnMemory("<u4", total),
    keys: columnMemory("<u4", total),
    tie: columnMemory("<u4", total),
  };
  const next = new Uint32Array(long.length);
  let at = 0;
  for (const [index, tie] of long.entries()) {
    const [start, end] = [starts[tie] as number, ends[tie] as number];
    next[index] = start;
    own.rows.set(rows.subarray(start, end), at);
    own.keys.set(keys.subarray(start, end), at);
    own.tie.fill(index, at, at + end - start);
    at += end - start;
  }
  const { order } = orderByLane(plainLane(own.keys, max), total);
  for (let i = 0; i < total; i++) {
    const from = order[i] as number;
    const tie = own.tie[from] as number;
    const to = next[tie] as number;
    next[tie] = to + 1;
    rows[to] = own.rows[from] as number;
    keys[to] = own.keys[from] as number;
  }
  returnMemory(order, own.rows, own.keys, own.tie);
}
