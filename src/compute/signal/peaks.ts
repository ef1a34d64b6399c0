/**
 * Peaks of a signal, as scipy.signal.find_peaks finds them: values above both neighbours, where a
 * plateau counts as one value in its middle. Prominences of all peaks take one walk to each side.
 */

/** From the least to the greatest value that passes; null where there is no such bound. */
export type Interval = readonly [min: number | null, max: number | null];

/** What a peak must fulfil. The conditions are applied in this order. */
export interface PeakConditions {
  readonly height?: Interval | undefined;
  /** By how much a peak exceeds its neighbours: the lesser difference and the greater one. */
  readonly threshold?: Interval | undefined;
  /** Rows that lie between two peaks at least; of two that are closer the higher one stays. */
  readonly distance?: number | undefined;
  readonly prominence?: Interval | undefined;
  /** In rows. */
  readonly width?: Interval | undefined;
}

/** Peaks in the order of their rows, one place of each array for each. */
export interface Peaks {
  readonly rows: Int32Array;
  /** What a peak stands out by: its height over the higher one of its two bases. */
  readonly prominences: Float64Array;
  /** In rows, between where the signal crosses the level of `relativeHeight`. */
  readonly widths: Float64Array;
}

/**
 * The peaks of finite values. The width is taken at the height of the peak less `relativeHeight` times
 * its prominence.
 */
export function findPeaks(
  values: Float64Array,
  conditions: PeakConditions,
  relativeHeight: number,
): Peaks {
  const { height, threshold, distance, prominence, width } = conditions;
  let found = localMaxima(values);
  if (height !== undefined) found = found.filter((row) => within(values[row] as number, height));
  if (threshold !== undefined) found = found.filter((row) => exceeds(values, row, threshold));
  if (distance !== undefined) found = farApart(found, values, Math.ceil(distance));
  const left = basesOf(values, found, 1);
  const right = basesOf(values, found, -1);
  const rows = new Int32Array(found.length);
  const prominences = new Float64Array(found.length);
  const widths = new Float64Array(found.length);
  let count = 0;
  for (let i = 0; i < found.length; i++) {
    const row = found[i] as number;
    const before = left[i] as number;
    const behind = right[i] as number;
    const top = values[row] as number;
    const own = top - Math.max(values[before] as number, values[behind] as number);
    if (prominence !== undefined && !within(own, prominence)) continue;
    const level = top - own * relativeHeight;
    const wide = crossing(values, row, behind, level) - crossing(values, row, before, level);
    if (width !== undefined && !within(wide, width)) continue;
    rows[count] = row;
    prominences[count] = own;
    widths[count++] = wide;
  }
  return {
    rows: rows.subarray(0, count),
    prominences: prominences.subarray(0, count),
    widths: widths.subarray(0, count),
  };
}

const within = (value: number, [min, max]: Interval): boolean =>
  (min === null || min <= value) && (max === null || value <= max);

function exceeds(values: Float64Array, row: number, [min, max]: Interval): boolean {
  const value = values[row] as number;
  const before = value - (values[row - 1] as number);
  const after = value - (values[row + 1] as number);
  return (
    (min === null || min <= Math.min(before, after)) &&
    (max === null || Math.max(before, after) <= max)
  );
}

/** Rows above both neighbours, and the middle of plateaus, rounded down. Neither end is a peak. */
function localMaxima(values: Float64Array): Int32Array {
  const rows = new Int32Array(values.length >> 1);
  const last = values.length - 1;
  let count = 0;
  for (let row = 1; row < last; row++) {
    const value = values[row] as number;
    if ((values[row - 1] as number) >= value) continue;
    let end = row;
    while (end < last && values[end + 1] === value) end++;
    if (end < last && (values[end + 1] as number) < value) rows[count++] = (row + end) >> 1;
    row = end;
  }
  return rows.slice(0, count);
}

/** Goes from the highest peak down, of equal ones from the last, and drops what lies too close to it. */
function farApart(rows: Int32Array, values: Float64Array, distance: number): Int32Array {
  const dropped = new Uint8Array(rows.length);
  const rising = risingOrder(Float64Array.from(rows, (row) => values[row] as number));
  for (let i = rising.length - 1; i >= 0; i--) {
    const peak = rising[i] as number;
    if (dropped[peak] === 1) continue;
    const row = rows[peak] as number;
    for (let k = peak - 1; k >= 0 && row - (rows[k] as number) < distance; k--) dropped[k] = 1;
    for (let k = peak + 1; k < rows.length && (rows[k] as number) - row < distance; k++) {
      dropped[k] = 1;
    }
  }
  return rows.filter((_, index) => dropped[index] === 0);
}

/** The places of the heights from the least to the greatest, equal ones in their order: by merging. */
function risingOrder(heights: Float64Array): Uint32Array {
  let from = Uint32Array.from(heights, (_, index) => index);
  let to = new Uint32Array(from.length);
  for (let run = 1; run < from.length; run *= 2) {
    for (let start = 0; start < from.length; start += 2 * run) {
      mergeRuns(heights, from, to, start, run);
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Merges the run from `start` and the one behind it, each of `run` places or what is left. */
function mergeRuns(
  heights: Float64Array,
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  run: number,
): void {
  const middle = Math.min(from.length, start + run);
  const end = Math.min(from.length, middle + run);
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const one = from[left] as number;
    const other = from[right] as number;
    const takeLeft =
      right >= end || (left < middle && (heights[one] as number) <= (heights[other] as number));
    to[at] = takeLeft ? one : other;
    if (takeLeft) left++;
    else right++;
  }
}

/**
 * For each peak the row of the least value between it and the next greater value on one side; the
 * nearest of several. `step` is 1 for the side before the peak, -1 for the side behind it.
 *
 * A walk with a stack of falling values: a value takes off all that are not greater, and with each of
 * them the least value that had been seen since the one below it.
 */
function basesOf(values: Float64Array, peaks: Int32Array, step: 1 | -1): Int32Array {
  const bases = new Int32Array(peaks.length);
  const stack = new Int32Array(values.length);
  const leastRows = new Int32Array(values.length);
  let depth = 0;
  let next = step === 1 ? 0 : peaks.length - 1;
  const begin = step === 1 ? 0 : values.length - 1;
  for (let i = 0, row = begin; i < values.length; i++, row += step) {
    const value = values[row] as number;
    let least = row;
    while (depth > 0 && (values[stack[depth - 1] as number] as number) <= value) {
      const candidate = leastRows[--depth] as number;
      if ((values[candidate] as number) < (values[least] as number)) least = candidate;
    }
    stack[depth] = row;
    leastRows[depth++] = least;
    if (peaks[next] !== row) continue;
    bases[next] = least;
    next += step;
  }
  return bases;
}

/** Where the signal falls to a level on the way from a peak to its base, between rows. */
function crossing(values: Float64Array, peak: number, base: number, level: number): number {
  const step = base < peak ? -1 : 1;
  let row = peak;
  while (row !== base && (values[row] as number) > level) row += step;
  const value = values[row] as number;
  if (value >= level) return row;
  const above = values[row - step] as number;
  return row - (step * (level - value)) / (above - value);
}
