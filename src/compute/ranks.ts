/** Ranks: the place of each row's value among all of its stretch, in ascending order from 1. */
import { arrayOfDtype, type NumericArray, type NumericColumn } from "../table/column.ts";
import { kernel } from "../table/kernels.ts";
import { forStretches, type Stretches } from "./stretches.ts";

/**
 * Writes the rank of each present row into `out`, of equal values the mean of the places they take
 * together; NaN for rows that are not present.
 */
export function ranks(
  column: NumericColumn,
  present: Uint8Array,
  stretches: Stretches,
  out: Float64Array,
): void {
  const { dtype, values, length } = column;
  const { rows } = stretches;
  // Native sorting, which has -0 before 0; searching has them equal.
  const places = new arrayOfDtype[dtype](length);
  const collect = kernel<Collect>(
    `rank collect ${dtype}`,
    ["values", "present", "rows", "places", "start", "end"],
    `let count = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      places[count] = values[row];
      count += present[row];
    }
    return count;`,
  );
  const search = kernel<Search>(
    `rank search ${dtype}`,
    ["values", "present", "rows", "sorted", "out", "start", "end"],
    `const total = sorted.length;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      if (present[row] === 0) {
        out[row] = NaN;
        continue;
      }
      const value = values[row];
      let first = 0, last = total;
      while (first < last) {
        const middle = (first + last) >>> 1;
        if (sorted[middle] < value) first = middle + 1;
        else last = middle;
      }
      let after = first;
      last = total;
      while (after < last) {
        const middle = (after + last) >>> 1;
        if (sorted[middle] > value) last = middle;
        else after = middle + 1;
      }
      out[row] = (first + 1 + after) / 2;
    }`,
  );
  forStretches(stretches, (start, end) => {
    const count = collect(values, present, rows, places, start, end);
    const sorted = places.subarray(0, count).sort();
    search(values, present, rows, sorted, out, start, end);
  });
}

type Collect = (
  values: NumericArray,
  present: Uint8Array,
  rows: Uint32Array,
  places: NumericArray,
  start: number,
  end: number,
) => number;
type Search = (
  values: NumericArray,
  present: Uint8Array,
  rows: Uint32Array,
  sorted: NumericArray,
  out: Float64Array,
  start: number,
  end: number,
) => void;
