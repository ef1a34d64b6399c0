/**
 * Quantiles by linear interpolation between the two nearest values, as numpy and pandas do by
 * default (type 7 of Hyndman and Fan 1996). Values are not sorted but put in order as far as it
 * takes (Hoare's selection). One NaN makes a quantile NaN.
 */
import type { NumericColumn } from "../../table/column.ts";
import { toFloat64 } from "../../table/floats.ts";
import { forBlocks } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import type { CountedRows } from "../group/counted-rows.ts";
import { groupCounts } from "../group/group-sums.ts";

/** Stretches up to this length are simply sorted. */
const SHORT_ROWS = 24;

/**
 * The quantiles `qs`, each from 0 to 1, of the values in [start, end), whose order is changed; NaN
 * where there are none, or where one of them is NaN.
 */
export function quantilesOf(
  values: Float64Array,
  qs: readonly number[],
  start = 0,
  end = values.length,
): number[] {
  if (start >= end || values.subarray(start, end).includes(Number.NaN)) {
    return qs.map(() => Number.NaN);
  }
  const places = qs.map((q) => start + q * (end - start - 1));
  const wanted = new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]));
  selectAll(
    values,
    [...wanted].sort((a, b) => a - b),
    start,
    end,
  );
  return places.map((place) => {
    const below = Math.floor(place);
    const [low, high] = [values[below] as number, values[Math.ceil(place)] as number];
    return low === high ? low : low + (high - low) * (place - below);
  });
}

/** Moves the values in [start, end) until those at `places`, which rise, are what they would be in order. */
function selectAll(
  values: Float64Array,
  places: readonly number[],
  start: number,
  end: number,
): void {
  const middle = places.length >> 1;
  const place = places[middle];
  if (place === undefined || end - start < 2) return;
  select(values, place, start, end);
  selectAll(values, places.slice(0, middle), start, place);
  selectAll(values, places.slice(middle + 1), place + 1, end);
}

function select(values: Float64Array, place: number, start: number, end: number): void {
  if (place === start) return void swap(values, place, extremeAt(values, 1, start, end));
  if (place === end - 1) return void swap(values, place, extremeAt(values, -1, start, end));
  let [low, high] = [start, end - 1];
  // Bad luck with the pivots, or a column made for it, ends in a plain sort.
  let chances = 2 * Math.ceil(Math.log2(end - start + 1));
  while (high - low > SHORT_ROWS && chances-- > 0) {
    const middle = values[(low + high) >>> 1] as number;
    const pivot = middleOf(values[low] as number, middle, values[high] as number);
    const [i, j] = partition(values, pivot, low, high);
    // Between j and i everything equals the pivot.
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return;
  }
  values.subarray(low, high + 1).sort();
}

/** Moves what is below the pivot to the left of what is above; where the right and the left one begin. */
function partition(
  values: Float64Array,
  pivot: number,
  low: number,
  high: number,
): [number, number] {
  let [i, j] = [low, high];
  while (i <= j) {
    while ((values[i] as number) < pivot) i++;
    while ((values[j] as number) > pivot) j--;
    if (i > j) break;
    swap(values, i++, j--);
  }
  return [i, j];
}

function swap(values: Float64Array, a: number, b: number): void {
  const kept = values[a] as number;
  values[a] = values[b] as number;
  values[b] = kept;
}

/** Where the least value is, or with `sign` -1 the greatest. */
function extremeAt(values: Float64Array, sign: 1 | -1, start: number, end: number): number {
  let at = start;
  let best = sign * (values[start] as number);
  for (let i = start + 1; i < end; i++) {
    const value = sign * (values[i] as number);
    if (value < best) {
      best = value;
      at = i;
    }
  }
  return at;
}

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/** The quantile `q` of each group's values; NaN where a group has none. */
export function groupQuantiles(
  counted: CountedRows & { readonly column: NumericColumn },
  groups: number,
  q: number,
): Float64Array {
  const { column, ids } = counted;
  const ends = groupCounts(ids, groups);
  for (let group = 1; group < groups; group++) {
    ends[group] = (ends[group] as number) + (ends[group - 1] as number);
  }
  const next = Uint32Array.from(ends, (_, group) =>
    group === 0 ? 0 : (ends[group - 1] as number),
  );
  const values = toFloat64(column);
  const grouped = columnMemory("<f8", values.length);
  forBlocks(values.length, (start, end) => spread(values, ids, next, grouped, start, end));
  const quantiles = Float64Array.from(
    ends,
    (end, group) => quantilesOf(grouped, [q], ends[group - 1] ?? 0, end)[0] ?? Number.NaN,
  );
  returnMemory(grouped);
  return quantiles;
}

/** Puts the values of each group next to one another. */
function spread(
  values: Float64Array,
  ids: Uint32Array,
  next: Uint32Array,
  grouped: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const group = ids[i] as number;
    const at = next[group] as number;
    next[group] = at + 1;
    grouped[at] = values[i] as number;
  }
}
