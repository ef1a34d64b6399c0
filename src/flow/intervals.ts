/**
 * A set of whole numbers as sorted, disjoint, half-open ranges. Chunks finish nearly in order, so a
 * set of a million chunks is a handful of ranges. The ranges lie flat, [start, end, start, end, …]:
 * copying them is one memory copy. Never changed in place.
 */
import assert from "node:assert";

export type Intervals = readonly number[];

export const emptyIntervals: Intervals = [];

/** The set of start, start + 1, … end - 1. */
export const interval = (start: number, end: number): Intervals =>
  start < end ? [start, end] : [];

/** Index in the flat list of the first bound above the value: even outside a range, odd inside. */
function boundAbove(set: Intervals, value: number): number {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(set, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function at(set: Intervals, index: number): number {
  const bound = set[index];
  assert(bound !== undefined, "an index into intervals is out of range");
  return bound;
}

export const has = (set: Intervals, value: number): boolean => boundAbove(set, value) % 2 === 1;

/** The set with the value in it; the same object when it was there already. */
export function add(set: Intervals, value: number): Intervals {
  const above = boundAbove(set, value);
  if (above % 2 === 1) return set;
  const joinsLeft = above > 0 && at(set, above - 1) === value;
  const joinsRight = above < set.length && at(set, above) === value + 1;
  if (joinsLeft && joinsRight) return set.toSpliced(above - 1, 2);
  if (joinsLeft) return set.with(above - 1, value + 1);
  if (joinsRight) return set.with(above, value);
  return set.toSpliced(above, 0, value, value + 1);
}

/** The set without the value; the same object when it was not there. */
export function remove(set: Intervals, value: number): Intervals {
  const above = boundAbove(set, value);
  if (above % 2 === 0) return set;
  const isFirst = at(set, above - 1) === value;
  const isLast = at(set, above) === value + 1;
  if (isFirst && isLast) return set.toSpliced(above - 1, 2);
  if (isFirst) return set.with(above - 1, value + 1);
  if (isLast) return set.with(above, value);
  return set.toSpliced(above, 0, value, value + 1);
}

export const first = (set: Intervals): number | undefined => set[0];

/** The smallest number not below `from` that is not in the set. */
export function firstGap(set: Intervals, from: number): number {
  const above = boundAbove(set, from);
  return above % 2 === 1 ? at(set, above) : from;
}

/** How many numbers the set holds; counting ends early once `max` is reached. */
export function count(set: Intervals, max = Number.POSITIVE_INFINITY): number {
  let total = 0;
  for (let index = 0; index < set.length && total < max; index += 2) {
    total += at(set, index + 1) - at(set, index);
  }
  return Math.min(total, max);
}

/** The numbers that are in both sets. */
export function intersect(left: Intervals, right: Intervals): Intervals {
  const result: number[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const start = Math.max(at(left, l), at(right, r));
    const end = Math.min(at(left, l + 1), at(right, r + 1));
    if (start < end) result.push(start, end);
    if (at(left, l + 1) < at(right, r + 1)) l += 2;
    else r += 2;
  }
  return result;
}

/** The numbers of `left` that are not in `right`. */
export function subtract(left: Intervals, right: Intervals): Intervals {
  if (right.length === 0) return left;
  const gaps = [Number.NEGATIVE_INFINITY, ...right, Number.POSITIVE_INFINITY];
  return intersect(left, gaps);
}

/** The smallest number of `left` that is not in `right`. */
export function firstOfDifference(left: Intervals, right: Intervals): number | undefined {
  for (let index = 0; index < left.length; index += 2) {
    const candidate = firstGap(right, at(left, index));
    if (candidate < at(left, index + 1)) return candidate;
  }
  return undefined;
}

/** The numbers of the set in rising order. */
export function* members(set: Intervals): Generator<number> {
  for (let index = 0; index < set.length; index += 2) {
    for (let value = at(set, index); value < at(set, index + 1); value++) yield value;
  }
}
