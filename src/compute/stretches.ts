/**
 * Rows laid out for what walks over them in order: one stretch of all rows, or one for each group,
 * with its rows in the order they have in the table.
 */

import { type Column, valueAt } from "../table/column.ts";

export interface Stretches {
  /** Row numbers, stretch after stretch. */
  readonly rows: Uint32Array;
  /** Where each stretch begins in `rows`, and at last how many rows there are. */
  readonly bounds: Uint32Array;
}

/** All rows, in order. */
export function oneStretch(rows: number): Stretches {
  const numbers = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) numbers[row] = row;
  return { rows: numbers, bounds: Uint32Array.of(0, rows) };
}

/** Calls `visit` for each stretch that has rows: [start, end) of `rows`. */
export function forStretches(
  { bounds }: Stretches,
  visit: (start: number, end: number) => void,
): void {
  for (let i = 0; i + 1 < bounds.length; i++) {
    const [start = 0, end = 0] = bounds.subarray(i, i + 2);
    if (start < end) visit(start, end);
  }
}

/** A stretch for each distinct value of a column; rows without a value are one, and so is NaN. */
export function stretchesBy(column: Column): Stretches {
  const ids = new Uint32Array(column.length);
  const known = new Map<unknown, number>();
  for (let row = 0; row < column.length; row++) {
    const value = valueAt(column, row);
    // In a Map NaN is equal to itself, and 0 to -0.
    let id = known.get(value);
    if (id === undefined) {
      id = known.size;
      known.set(value, id);
    }
    ids[row] = id;
  }
  return stretchesOf(ids, known.size);
}

/** Rows sorted by these numbers below `groups`, those of one group in the order they have. */
function stretchesOf(ids: Uint32Array, groups: number): Stretches {
  const bounds = new Uint32Array(groups + 1);
  for (let row = 0; row < ids.length; row++) {
    const after = (ids[row] as number) + 1;
    bounds[after] = (bounds[after] as number) + 1;
  }
  for (let group = 0; group < groups; group++) {
    bounds[group + 1] = (bounds[group + 1] as number) + (bounds[group] as number);
  }
  const next = bounds.slice();
  const rows = new Uint32Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    const group = ids[row] as number;
    const at = next[group] as number;
    rows[at] = row;
    next[group] = at + 1;
  }
  return { rows, bounds };
}
