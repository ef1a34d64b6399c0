/**
 * Partitions: rows laid out for what walks over them in order. All rows are one, or each group is one,
 * with its rows in the order they have in the table.
 */
import type { Column } from "../../table/column.ts";
import { groupRows } from "./group-rows.ts";

export interface Partitions {
  /** Row numbers, partition after partition. */
  readonly rows: Uint32Array;
  /** Where each partition begins in `rows`, and at last how many rows there are. */
  readonly bounds: Uint32Array;
}

/** All rows, in order. */
export function onePartition(rows: number): Partitions {
  const numbers = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) numbers[row] = row;
  return { rows: numbers, bounds: Uint32Array.of(0, rows) };
}

/** A partition for all rows that are equal in these columns. */
export function partitionsBy(columns: readonly Column[], rows: number): Partitions {
  const { ids, count } = groupRows(columns, rows);
  const bounds = new Uint32Array(count + 1);
  for (let row = 0; row < rows; row++) {
    const after = (ids[row] as number) + 1;
    bounds[after] = (bounds[after] as number) + 1;
  }
  for (let id = 0; id < count; id++) {
    bounds[id + 1] = (bounds[id + 1] as number) + (bounds[id] as number);
  }
  const next = bounds.slice();
  const numbers = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    const id = ids[row] as number;
    const at = next[id] as number;
    numbers[at] = row;
    next[id] = at + 1;
  }
  return { rows: numbers, bounds };
}

/** Calls `visit` for each partition that has rows: [start, end) of `rows`. */
export function forPartitions(
  { bounds }: Partitions,
  visit: (start: number, end: number) => void,
): void {
  for (let i = 0; i + 1 < bounds.length; i++) {
    const start = bounds[i] as number;
    const end = bounds[i + 1] as number;
    if (start < end) visit(start, end);
  }
}
