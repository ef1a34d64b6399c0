/**
 * Sums, means and deviations over a window that ends at each row. No value is ever subtracted, so
 * that nothing stays behind when a large one leaves the window: the rows are cut into pieces as long
 * as the window, and each window is the end of one piece and the beginning of the next, both added
 * up beforehand (van Herk, 1992). Two steps for a row, however long the window.
 */
import { BLOCK_ROWS } from "../../table/kernels.ts";

export interface Window {
  /** Rows, the current one among them. */
  readonly rows: number;
  /** Values that a window must hold; one with fewer has no result. */
  readonly valuesMin: number;
}

/** Calls `run` for pieces of `size` rows, as many as make a block, so that its loops are compiled. */
export function forPieces(
  length: number,
  size: number,
  run: (start: number, end: number) => void,
): void {
  const step = size * Math.ceil(BLOCK_ROWS / size);
  for (let start = 0; start < length; start += step) run(start, Math.min(length, start + step));
}

/** What the rows from each place to the end of a piece come to. */
interface Ends {
  readonly counts: Float64Array;
  /** Sums and the rounding errors they lack; or means and sums of squares around them. */
  readonly firsts: Float64Array;
  readonly seconds: Float64Array;
}
const endsOf = (size: number): Ends => ({
  counts: new Float64Array(size),
  firsts: new Float64Array(size),
  seconds: new Float64Array(size),
});

/** How many pieces a window can be cut into at most: one, where it is longer than the column. */
const pieceSize = ({ rows }: Window, length: number): number => Math.max(1, Math.min(rows, length));

/**
 * Writes the sum of each window of `values` into `out`, or their mean; NaN where it holds too few. A
 * value that is NaN is none.
 */
export function rollingSums(
  values: Float64Array,
  window: Window,
  mean: boolean,
  out: Float64Array,
): void {
  const size = pieceSize(window, values.length);
  const ends = endsOf(size);
  forPieces(values.length, size, (start, end) => {
    for (let piece = start; piece < end; piece += size) {
      sumPiece(values, piece, Math.min(end, piece + size), size, window.valuesMin, mean, ends, out);
    }
  });
}

function sumPiece(
  values: Float64Array,
  piece: number,
  next: number,
  size: number,
  valuesMin: number,
  mean: boolean,
  { counts, firsts, seconds }: Ends,
  out: Float64Array,
): void {
  let sum = 0;
  let carry = 0;
  let count = 0;
  for (let i = piece; i < next; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) {
      const total = sum + value;
      const part = total - sum;
      carry += sum - (total - part) + (value - part);
      sum = total;
      count++;
    }
    const end = i + 1 - piece;
    let all = count;
    let total = sum;
    let lost = carry;
    if (piece > 0 && end < size) {
      const before = firsts[end] as number;
      total = sum + before;
      const part = total - sum;
      lost += sum - (total - part) + (before - part) + (seconds[end] as number);
      all += counts[end] as number;
    }
    const exact = Number.isFinite(lost) ? total + lost : total;
    out[i] = all < valuesMin ? Number.NaN : mean ? exact / all : exact;
  }
  sum = 0;
  carry = 0;
  count = 0;
  for (let i = next - 1; i >= piece; i--) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) {
      const total = sum + value;
      const part = total - sum;
      carry += sum - (total - part) + (value - part);
      sum = total;
      count++;
    }
    firsts[i - piece] = sum;
    seconds[i - piece] = carry;
    counts[i - piece] = count;
  }
}

/**
 * Writes the standard deviation of each window, as of a sample (count - 1), into `out`; NaN where it
 * holds too few, or only one. A value that is NaN is none.
 */
export function rollingDeviations(values: Float64Array, window: Window, out: Float64Array): void {
  const size = pieceSize(window, values.length);
  const ends = endsOf(size);
  const valuesMin = Math.max(2, window.valuesMin);
  let before = 0;
  forPieces(values.length, size, (start, end) => {
    for (let piece = start; piece < end; piece += size) {
      const next = Math.min(end, piece + size);
      before = deviatePiece(values, piece, next, size, valuesMin, before, ends, out);
    }
  });
}

// Means are of what lies between the values and one that every window concerned holds: the first of
// this piece, and the last (`before`, which is returned) of the one before it. So they stay small.
function deviatePiece(
  values: Float64Array,
  piece: number,
  next: number,
  size: number,
  valuesMin: number,
  before: number,
  { counts, firsts, seconds }: Ends,
  out: Float64Array,
): number {
  let mean = 0;
  let squares = 0;
  let count = 0;
  let origin = 0;
  for (let i = piece; i < next; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) {
      if (count === 0) origin = value;
      count++;
      const apart = value - origin - mean;
      mean += apart / count;
      squares += apart * (value - origin - mean);
    }
    const end = i + 1 - piece;
    let all = count;
    let total = squares;
    const more = piece > 0 && end < size ? (counts[end] as number) : 0;
    if (more > 0) {
      all += more;
      total += seconds[end] as number;
      if (count > 0) {
        const apart = origin - before + (mean - (firsts[end] as number));
        // The weight, which may be a half, goes between: the square alone may leave the floats.
        total += apart * ((count * more) / all) * apart;
      }
    }
    // All values are finite: what is NaN went beyond the floats, and came back.
    const deviation = Number.isNaN(total) ? Infinity : Math.sqrt(total / (all - 1));
    out[i] = all < valuesMin ? Number.NaN : deviation;
  }
  mean = 0;
  squares = 0;
  count = 0;
  for (let i = next - 1; i >= piece; i--) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) {
      if (count === 0) origin = value;
      count++;
      const apart = value - origin - mean;
      mean += apart / count;
      squares += apart * (value - origin - mean);
    }
    firsts[i - piece] = mean;
    seconds[i - piece] = squares;
    counts[i - piece] = count;
  }
  return origin;
}
