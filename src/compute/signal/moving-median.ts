/** The median of the values around each one, which takes away single outliers and keeps edges. */

/**
 * Medians of `size` values, of which the middle one is that of the row; `size` is odd. Beyond the ends
 * the first and the last value go on, as scipy.ndimage.median_filter has it with mode "nearest".
 */
export function movingMedian(values: Float64Array, size: number): Float64Array {
  const medians = new Float64Array(values.length);
  if (values.length === 0) return medians;
  const half = (size - 1) / 2;
  const last = values.length - 1;
  const at = (row: number) => values[Math.min(last, Math.max(0, row))] as number;
  /** The values of the window, rising. */
  const sorted = Float64Array.from({ length: size }, (_, i) => at(i - half)).sort();
  medians[0] = sorted[half] as number;
  for (let row = 1; row <= last; row++) {
    replace(sorted, at(row - half - 1), at(row + half));
    medians[row] = sorted[half] as number;
  }
  return medians;
}

/** Puts one value in the place of another, and moves what lies between. */
function replace(sorted: Float64Array, leaving: number, coming: number): void {
  if (leaving === coming) return;
  const place = placeOf(sorted, leaving);
  if (coming > leaving) {
    const end = placeOf(sorted, coming) - 1;
    sorted.copyWithin(place, place + 1, end + 1);
    sorted[end] = coming;
  } else {
    const begin = placeOf(sorted, coming);
    sorted.copyWithin(begin + 1, begin, place);
    sorted[begin] = coming;
  }
}

/** The first place whose value is not less. */
function placeOf(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
