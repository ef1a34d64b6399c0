/**
 * Quantiles by linear interpolation between the two nearest values, as numpy and pandas do by
 * default (type 7 of Hyndman and Fan 1996). NaN is above all numbers, and makes what it touches NaN.
 */
import { type NumericColumn, numericColumn } from "../table/column.ts";
import { toFloat64 } from "../table/floats.ts";
import { takeColumn } from "../table/take.ts";
import type { CountedRows } from "./counted-rows.ts";
import { rowNumbers } from "./merge-runs.ts";
import { sortOrder } from "./sort-order.ts";

/**
 * The quantile `q`, from 0 to 1, of ascending values in [start, end); NaN when there are none, or
 * when one of them is NaN.
 */
export function quantileOf(
  sorted: Float64Array,
  q: number,
  start = 0,
  end = sorted.length,
): number {
  if (start >= end || Number.isNaN(sorted[end - 1])) return Number.NaN;
  const place = q * (end - start - 1);
  const below = Math.floor(place);
  const low = sorted[start + below] as number;
  const part = place - below;
  if (part === 0) return low;
  const high = sorted[start + below + 1] as number;
  return low === high ? low : low + (high - low) * part;
}

/** All values of a column, ascending, NaN last. Every row counts. */
export function sortedFloats(column: NumericColumn): Float64Array {
  const { order } = sortOrder([{ column }], column.length);
  if (order === undefined) return toFloat64(column);
  const sorted = takeColumn(column, order);
  return sorted.kind === "numeric" ? toFloat64(sorted) : new Float64Array(0);
}

/** The quantile `q` of each group's values; NaN where a group has none. */
export function groupQuantiles(
  counted: CountedRows & { readonly column: NumericColumn },
  groups: number,
  q: number,
): Float64Array {
  const { column, ids } = counted;
  const group = numericColumn("group", ids);
  const { order } = sortOrder([{ column: group }, { column }], ids.length);
  const rows = order ?? rowNumbers(ids.length);
  const taken = takeColumn(column, rows);
  const sorted = taken.kind === "numeric" ? toFloat64(taken) : new Float64Array(0);
  const quantiles = new Float64Array(groups).fill(Number.NaN);
  for (let start = 0; start < rows.length; ) {
    const id = ids[rows[start] as number] as number;
    let end = start + 1;
    while (end < rows.length && ids[rows[end] as number] === id) end++;
    quantiles[id] = quantileOf(sorted, q, start, end);
    start = end;
  }
  return quantiles;
}
