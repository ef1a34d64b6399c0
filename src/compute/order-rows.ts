/**
 * Rows in the order of several keys, each given as lanes. The first key orders all rows; every other
 * one is asked only for the rows that are still equal, and orders them within their ties.
 */
import { columnMemory, returnMemory } from "../table/memory.ts";
import { type Lane, plainLane, releaseLanes, takeKeys } from "./lane.ts";
import { ascendingStretches, mergeStretches, rowNumbers, tiesAlong } from "./merge-runs.ts";
import { orderByLane } from "./radix.ts";
import {
  closedUp,
  oneTie,
  spreadOut,
  TieList,
  type Ties,
  tiedPositions,
  tiedRows,
} from "./ties.ts";

/** The lanes of these rows, the most significant first; of all rows when undefined. */
export type SortKey = (rows: Uint32Array | undefined) => readonly Lane[];

export interface RowOrder {
  /** Row numbers in ascending order; undefined when the rows are in order as they are. */
  readonly order: Uint32Array | undefined;
  /** Positions in that order whose rows are equal in all keys. */
  readonly ties: Ties;
}

/** Ties up to this length are sorted by insertion. */
const SHORT_ROWS = 32;

/** The stable order of `rows` rows by these keys, the first one first. */
export function orderRows(keys: readonly SortKey[], rows: number): RowOrder {
  const [first, ...others] = keys;
  if (first === undefined || rows < 2) return { order: undefined, ties: oneTie(rows) };
  const lanes = first(undefined);
  let { order, ties, left } = orderAll(lanes, rows);
  for (const key of [...left.map(someOf), ...others]) {
    if (ties.count === 0) break;
    ({ order, ties } = orderTied(key, order, ties, rows));
  }
  releaseLanes(lanes);
  return { order, ties };
}

const someOf =
  (lane: Lane): SortKey =>
  (rows) =>
    rows === undefined ? [{ ...lane, own: false }] : [plainLane(takeKeys(lane, rows), lane.max)];

/** All rows by these lanes, or by the first of them when `left` holds others. */
function orderAll(lanes: readonly Lane[], rows: number): RowOrder & { left: readonly Lane[] } {
  const [first, ...others] = lanes;
  if (first === undefined) return { order: undefined, ties: oneTie(rows), left: [] };
  const stretches = ascendingStretches(lanes, rows);
  if (stretches === undefined) return { ...orderByLane(first, rows), left: others };
  const order = stretches.length > 1 ? mergeStretches(lanes, stretches, rows) : undefined;
  return { order, ties: tiesAlong(lanes, rows, order), left: [] };
}

/** Orders rows within their ties by one more key. `order` is changed, or made where there is none. */
function orderTied(
  key: SortKey,
  order: Uint32Array | undefined,
  ties: Ties,
  rows: number,
): RowOrder {
  const tied = tiedRows(ties);
  const positions = tiedPositions(ties, tied);
  const numbers = order === undefined ? positions : taken(order, positions);
  const lanes = key(tied === rows && order === undefined ? undefined : numbers);
  let [inner, moved] = [rowNumbers(tied), false];
  let left = closedUp(ties);
  for (const lane of lanes) {
    if (left.count === 0) break;
    const keys = takeKeys(lane, inner);
    const sorted = sortWithin(left, inner, keys, lane.max);
    returnMemory(keys);
    moved ||= sorted.moved;
    left = sorted.ties;
  }
  releaseLanes(lanes);
  let changed = order;
  if (moved) {
    changed ??= rowNumbers(rows);
    for (let i = 0; i < tied; i++) {
      changed[positions[i] as number] = numbers[inner[i] as number] as number;
    }
  }
  const spread = spreadOut(left, positions);
  returnMemory(positions, inner);
  if (numbers !== positions) returnMemory(numbers);
  return { order: changed, ties: spread };
}

function taken(order: Uint32Array, positions: Uint32Array): Uint32Array {
  const rows = columnMemory("<u4", positions.length);
  for (let i = 0; i < rows.length; i++) rows[i] = order[positions[i] as number] as number;
  return rows;
}

/** Sorts rows and their keys within each tie, and finds the ties that remain. */
function sortWithin(
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
