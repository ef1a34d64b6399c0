/** How the power of a signal is spread over frequencies: Welch's method, as scipy.signal.welch has it. */
import { realFourier } from "./fourier.ts";
import { type WindowKind, windowOf } from "./signal-windows.ts";
import { subtractTrend, type TrendKind, trendOf } from "./trend.ts";

export interface SpectrumOptions {
  /** Rows of a segment, at most as many as there are values. */
  readonly segment: number;
  /** Rows that a segment shares with the one before; fewer than it has. */
  readonly overlap: number;
  readonly window: WindowKind;
  readonly detrend: TrendKind | "none";
  /** Power per hertz, or the power of a sine at its bin. */
  readonly scaling: "density" | "spectrum";
  /** How the segments become one; the median is divided by its bias. */
  readonly average: "mean" | "median";
}

/**
 * The one-sided spectrum, floor(segment / 2) + 1 bins from frequency 0 on, in the square of the
 * values' unit, per hertz where `scaling` is "density". Values that do not fill a last segment are
 * left out. `rate` is in hertz; there must be a value.
 */
export function powerSpectrum(
  values: Float64Array,
  rate: number,
  { segment, overlap, window, detrend, scaling, average }: SpectrumOptions,
): Float64Array {
  const weights = windowOf(window, segment);
  const scale = scaleOf(weights, rate, scaling);
  const transform = realFourier(segment);
  const bins = Math.floor(segment / 2) + 1;
  const step = segment - overlap;
  const count = Math.floor((values.length - overlap) / step);
  const piece = new Float64Array(segment);
  // A median needs all segments at once, bin by bin; a mean needs their sum only.
  const kept = new Float64Array(average === "median" ? bins * count : bins);
  for (let index = 0; index < count; index++) {
    piece.set(values.subarray(index * step, index * step + segment));
    if (detrend !== "none") subtractTrend(piece, trendOf(piece), detrend, piece);
    for (let i = 0; i < segment; i++) piece[i] = (piece[i] as number) * (weights[i] as number);
    const spectrum = transform(piece);
    const [at, stride] = average === "median" ? [index, count] : [0, 1];
    addPowers(spectrum, scale, segment, kept, at, stride);
  }
  if (average === "mean") return kept.map((sum) => sum / count);
  return new Float64Array(bins).map((_, bin) =>
    medianPower(kept.subarray(bin * count, (bin + 1) * count)),
  );
}

function scaleOf(weights: Float64Array, rate: number, scaling: "density" | "spectrum"): number {
  let sum = 0;
  let squares = 0;
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
  }
  return scaling === "density" ? 1 / (rate * squares) : 1 / (sum * sum);
}

/** Adds |X|² to every bin; all but frequency 0 and half the rate stand for their mirror image too. */
function addPowers(
  spectrum: Float64Array,
  scale: number,
  segment: number,
  to: Float64Array,
  at: number,
  stride: number,
): void {
  const bins = Math.floor(segment / 2) + 1;
  for (let bin = 0; bin < bins; bin++) {
    const re = spectrum[2 * bin] as number;
    const im = spectrum[2 * bin + 1] as number;
    const alone = bin === 0 || 2 * bin === segment;
    const place = at + bin * stride;
    to[place] = (to[place] as number) + (re * re + im * im) * (alone ? scale : 2 * scale);
  }
}

/** The median over its bias, as powers are spread (FINDCHIRP, appendix B, 2012). */
function medianPower(powers: Float64Array): number {
  powers.sort();
  const count = powers.length;
  const middle = Math.floor(count / 2);
  const upper = powers[middle] ?? Number.NaN;
  const median = count % 2 === 1 ? upper : ((powers[middle - 1] ?? upper) + upper) / 2;
  let bias = 1;
  for (let i = 2; i < count; i += 2) bias += 1 / (i + 1) - 1 / i;
  return median / bias;
}
