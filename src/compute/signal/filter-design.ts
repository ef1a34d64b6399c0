/**
 * Butterworth and Chebyshev filters from their formulas: an analog low-pass prototype, moved to the
 * wanted band, made digital by the bilinear transform, as scipy.signal.butter and cheby1 do it
 * (Oppenheim and Schafer, "Discrete-Time Signal Processing", chapter 7).
 */
import {
  type Complex,
  minus,
  over,
  plus,
  productOf,
  real,
  scaled,
  squareRoot,
  times,
} from "./complex.ts";
import { type Section, sectionsOf, type ZerosPoles } from "./sections.ts";

/** What a filter lets pass or stops. Frequencies are in the unit of the rate, below half of it. */
export type Band =
  | { readonly kind: "lowPass"; readonly cutoff: number }
  | { readonly kind: "highPass"; readonly cutoff: number }
  | { readonly kind: "bandPass" | "bandStop"; readonly low: number; readonly high: number };

/** A Butterworth filter: flat in its band, 3 dB down at its cutoffs. The order of a band doubles. */
export const butterworth = (order: number, band: Band, rate: number): readonly Section[] =>
  sectionsOf(digital(butterworthPrototype(order), band, rate));

/** A Chebyshev filter of the first kind: `ripple` dB of ripple in its band, and a steeper edge. */
export const chebyshev = (
  order: number,
  ripple: number,
  band: Band,
  rate: number,
): readonly Section[] => sectionsOf(digital(chebyshevPrototype(order, ripple), band, rate));

/** Angles of the poles of a prototype; the middle one of an odd order is exactly 0. */
const angles = (order: number): readonly number[] =>
  Array.from({ length: order }, (_, i) => (Math.PI * (2 * i + 1 - order)) / (2 * order));

/** Poles on the left half of the unit circle. */
function butterworthPrototype(order: number): ZerosPoles {
  const poles = angles(order).map((angle) => ({ re: -Math.cos(angle), im: -Math.sin(angle) }));
  return { zeros: [], poles, gain: 1 };
}

/** Poles on an ellipse: -sinh(μ + iθ), with sinh(order · μ) = 1 / ε and ε² = 10^(ripple / 10) - 1. */
function chebyshevPrototype(order: number, ripple: number): ZerosPoles {
  const epsilon = Math.sqrt(10 ** (0.1 * ripple) - 1);
  const mu = Math.asinh(1 / epsilon) / order;
  const poles = angles(order).map((angle) => ({
    re: -Math.sinh(mu) * Math.cos(angle),
    im: -Math.cosh(mu) * Math.sin(angle),
  }));
  const product = productOf(poles.map((pole) => scaled(pole, -1))).re;
  const gain = order % 2 === 0 ? product / Math.sqrt(1 + epsilon * epsilon) : product;
  return { zeros: [], poles, gain };
}

/** The bilinear transform works at a rate of 2, where half the rate is the frequency 1. */
const RATE = 2;
const warped = (frequency: number, rate: number): number =>
  2 * RATE * Math.tan((Math.PI * ((2 * frequency) / rate)) / RATE);

function digital(prototype: ZerosPoles, band: Band, rate: number): ZerosPoles {
  if (band.kind === "lowPass") return bilinear(lowPass(prototype, warped(band.cutoff, rate)));
  if (band.kind === "highPass") return bilinear(highPass(prototype, warped(band.cutoff, rate)));
  const [low, high] = [warped(band.low, rate), warped(band.high, rate)];
  const [center, width] = [Math.sqrt(low * high), high - low];
  const move = band.kind === "bandPass" ? bandPass : bandStop;
  return bilinear(move(prototype, center, width));
}

// The prototypes have no zeros, or in other words all of them at infinity: as many as poles.

/** s becomes s / cutoff. */
const lowPass = ({ poles, gain }: ZerosPoles, cutoff: number): ZerosPoles => ({
  zeros: [],
  poles: poles.map((pole) => scaled(pole, cutoff)),
  gain: gain * cutoff ** poles.length,
});

/** s becomes cutoff / s; the zeros come from infinity to the origin. */
const highPass = ({ poles, gain }: ZerosPoles, cutoff: number): ZerosPoles => ({
  zeros: poles.map(() => real(0)),
  poles: poles.map((pole) => over(real(cutoff), pole)),
  gain: gain * gainOfInversion(poles),
});

/** s becomes (s² + center²) / (width s); half of the zeros come to the origin. */
const bandPass = ({ poles, gain }: ZerosPoles, center: number, width: number): ZerosPoles => ({
  zeros: poles.map(() => real(0)),
  poles: doubled(
    poles.map((pole) => scaled(pole, width / 2)),
    center,
  ),
  gain: gain * width ** poles.length,
});

/** s becomes (width s) / (s² + center²); the zeros lie in the middle of the stopped band. */
const bandStop = ({ poles, gain }: ZerosPoles, center: number, width: number): ZerosPoles => ({
  zeros: [
    ...poles.map(() => ({ re: 0, im: center })),
    ...poles.map(() => ({ re: 0, im: -center })),
  ],
  poles: doubled(
    poles.map((pole) => over(real(width / 2), pole)),
    center,
  ),
  gain: gain * gainOfInversion(poles),
});

const gainOfInversion = (poles: readonly Complex[]): number =>
  over(real(1), productOf(poles.map((pole) => scaled(pole, -1)))).re;

function doubled(poles: readonly Complex[], center: number): readonly Complex[] {
  const roots = poles.map((pole) => squareRoot(minus(times(pole, pole), real(center * center))));
  const both = (join: typeof plus) => poles.map((pole, i) => join(pole, roots[i] ?? real(0)));
  return [...both(plus), ...both(minus)];
}

/** z = (2 rate + s) / (2 rate - s); zeros at infinity come to half the rate, which is z = -1. */
function bilinear({ zeros, poles, gain }: ZerosPoles): ZerosPoles {
  const double = real(2 * RATE);
  const moved = (points: readonly Complex[]) =>
    points.map((point) => over(plus(double, point), minus(double, point)));
  const compensation = (points: readonly Complex[]) =>
    productOf(points.map((point) => minus(double, point)));
  const atInfinity = Array.from({ length: poles.length - zeros.length }, () => real(-1));
  return {
    zeros: [...moved(zeros), ...atInfinity],
    poles: moved(poles),
    gain: gain * over(compensation(zeros), compensation(poles)).re,
  };
}
