/**
 * Rows in the order of several keys, each given as lanes. The first key orders all rows; every other
 * one is asked only for the rows that are still equal, and orders them within their ties.
 */
import { forBlocks } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { type Lane, plainLane, releaseLanes, takeKeys } from "./lane.ts";
import { ascendingStretches, mergeStretches, rowNumbers, tiesAlong } from "./merge-runs.ts";
import { orderByLane } from "./radix.ts";
import { sortWithin } from "./sort-ties.ts";
import {
  closedUp,
  noTies,
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

/** The stable order of `rows` rows by these keys, the first one first. */
export function orderRows(keys: readonly SortKey[], rows: number): RowOrder {
  const [first, ...others] = keys;
  if (first === undefined || rows < 2) return { order: undefined, ties: oneTie(rows) };
  let { order, ties } = orderByKey(first, rows);
  for (const key of others) {
    if (ties.count === 0) break;
    ({ order, ties } =
      2 * tiedRows(ties) > rows
        ? regrouped(order, ties, orderByKey(key, rows), rows)
        : orderTied(key, order, ties, rows));
  }
  return { order, ties };
}

/** All rows by one key. */
function orderByKey(key: SortKey, rows: number): RowOrder {
  const lanes = key(undefined);
  let { order, ties, left } = orderAll(lanes, rows);
  for (const lane of left.map(someOf)) {
    if (ties.count > 0) ({ order, ties } = orderTied(lane, order, ties, rows));
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
  const { starts, equal } = stretches;
  const order = starts.length > 1 ? mergeStretches(lanes, starts, rows) : undefined;
  const apart = starts.length === 1 && equal === 0;
  return { order, ties: apart ? noTies : tiesAlong(lanes, rows, order), left: [] };
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

/**
 * Rows in the order of a first key, and within its ties in that of a second, by which all rows have
 * been sorted: faster than sorting tie by tie where most rows are tied.
 */
function regrouped(
  order: Uint32Array | undefined,
  ties: Ties,
  second: RowOrder,
  rows: number,
): RowOrder {
  const groupOf = columnMemory("<u4", rows);
  numberGroups(order, ties, groupOf);
  const sorted = second.order ?? rowNumbers(rows);
  const groups = takeKeys(plainLane(groupOf, rows), sorted);
  const secondClasses = columnMemory("<u4", rows);
  numberGroups(undefined, second.ties, secondClasses);
  // The first position of each group moves on to where its next row goes.
  const next = rowNumbers(rows);
  const [inOrder, classes] = [columnMemory("<u4", rows), columnMemory("<u4", rows)];
  forBlocks(rows, (start, end) => {
    for (let i = start; i < end; i++) {
      const group = groups[i] as number;
      const at = next[group] as number;
      next[group] = at + 1;
      inOrder[at] = sorted[i] as number;
      classes[at] = secondClasses[i] as number;
    }
  });
  const left = new TieList(rows);
  const { starts, ends, count } = ties;
  for (let i = 0; i < count; i++) {
    const [start, end] = [starts[i] as number, ends[i] as number];
    left.note(classes, 1, start, start, end);
    left.close(end);
  }
  returnMemory(groupOf, groups, next, classes, secondClasses, sorted);
  if (order !== undefined) returnMemory(order);
  return { order: inOrder, ties: left.ties() };
}

/** For each row the position of the first row that is equal to it. */
function numberGroups(order: Uint32Array | undefined, ties: Ties, groupOf: Uint32Array): void {
  const { starts, ends, count } = ties;
  forBlocks(groupOf.length, (start, end) => {
    for (let i = start; i < end; i++) groupOf[order === undefined ? i : (order[i] as number)] = i;
  });
  for (let tie = 0; tie < count; tie++) {
    const [start, end] = [starts[tie] as number, ends[tie] as number];
    for (let i = start + 1; i < end; i++) {
      groupOf[order === undefined ? i : (order[i] as number)] = start;
    }
  }
}
