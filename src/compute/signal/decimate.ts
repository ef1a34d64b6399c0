/** Signals at a lower rate: a low-pass filter, then every n-th value, as scipy.signal.decimate does. */
import { chebyshev } from "./filter-design.ts";
import { extensionOf, filterBothWays, filterForward, type Section } from "./sections.ts";
import { windowOf } from "./signal-windows.ts";

/** Ripple of the Chebyshev filter in its band, in dB, and its cutoff as a share of half the new rate. */
const RIPPLE = 0.05;
const CUTOFF = 0.8;

/** `iir`: a Chebyshev filter of order 8. `fir`: a sinc of 20 · factor + 1 taps in a Hamming window. */
export const antiAliasing = ["iir", "fir"] as const;

const chebyshevOf = (factor: number, order: number): readonly Section[] =>
  chebyshev(order, RIPPLE, { kind: "lowPass", cutoff: CUTOFF / factor }, 2);

/** Values that the recursive filter needs more than, to run both ways. */
export const rowsBeyond = (factor: number, order = 8): number =>
  extensionOf(chebyshevOf(factor, order));

/**
 * Every factor-th value, from the first, of the values behind a Chebyshev filter. `bothWays`: nothing
 * is shifted in time; there must be more values than rowsBeyond() says.
 */
export function decimatedRecursively(
  values: Float64Array,
  factor: number,
  bothWays: boolean,
  order = 8,
): Float64Array {
  const sections = chebyshevOf(factor, order);
  if (bothWays) return everyOf(filterBothWays(sections, values), factor);
  const filtered = values.slice();
  filterForward(sections, filtered);
  return everyOf(filtered, factor);
}

/** Every `factor`-th value, from the first. */
export function everyOf(values: Float64Array, factor: number): Float64Array {
  const kept = new Float64Array(Math.ceil(values.length / factor));
  for (let i = 0; i < kept.length; i++) kept[i] = values[i * factor] as number;
  return kept;
}

/**
 * The same behind a sinc filter; values beyond the ends count as 0. `centered`: nothing is shifted in
 * time. Only values that are kept are computed.
 */
export function decimatedByTaps(
  values: Float64Array,
  factor: number,
  centered: boolean,
  order = 20 * factor,
): Float64Array {
  const taps = sincTaps(order, factor);
  const shift = centered ? Math.floor(order / 2) : 0;
  const kept = new Float64Array(Math.ceil(values.length / factor));
  for (let i = 0; i < kept.length; i++) kept[i] = weighted(values, taps, i * factor + shift);
  return kept;
}

/** order + 1 taps: sinc(m / factor) in a Hamming window, so that a constant stays what it is. */
function sincTaps(order: number, factor: number): Float64Array {
  const taps = windowOf("hamming", order + 1, true).map((weight, i) => {
    const x = (Math.PI * (i - order / 2)) / factor;
    return x === 0 ? weight : (weight * Math.sin(x)) / x;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** Σ taps[j] values[at - j]. */
function weighted(values: Float64Array, taps: Float64Array, at: number): number {
  const last = Math.min(taps.length - 1, at);
  let sum = 0;
  for (let j = Math.max(0, at - values.length + 1); j <= last; j++) {
    sum += (taps[j] as number) * (values[at - j] as number);
  }
  return sum;
}
