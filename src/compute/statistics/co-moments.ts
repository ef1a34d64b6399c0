/**
 * What a straight line through two columns needs, in parts: means and centred sums of products, by
 * the same formulas as src/compute/moments.ts.
 */

import { sumOfBlock } from "../arithmetic/sums.ts";
import { shiftedMean } from "./moments.ts";

interface Mean {
  readonly mean: number;
  /** The mean is mean + rest. */
  readonly rest: number;
}

/** Plain data: it travels as a state. */
export interface CoMoments {
  readonly count: number;
  readonly x: Mean;
  readonly y: Mean;
  /** Sums of products of what lies between the values and their means. */
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
}

const origin: Mean = { mean: 0, rest: 0 };
export const noCoMoments: CoMoments = { count: 0, x: origin, y: origin, xx: 0, xy: 0, yy: 0 };

/** Of two blocks of equal length. */
export function coMomentsOfBlock(xs: Float64Array, ys: Float64Array): CoMoments {
  const count = xs.length;
  if (count === 0) return noCoMoments;
  const meanX = sumOfBlock(xs) / count;
  const meanY = sumOfBlock(ys) / count;
  let x1 = 0;
  let y1 = 0;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let x1b = 0;
  let y1b = 0;
  let xxb = 0;
  let xyb = 0;
  let yyb = 0;
  let i = 0;
  for (; i + 1 < count; i += 2) {
    const a = (xs[i] as number) - meanX;
    const b = (ys[i] as number) - meanY;
    const c = (xs[i + 1] as number) - meanX;
    const d = (ys[i + 1] as number) - meanY;
    x1 += a;
    y1 += b;
    xx += a * a;
    xy += a * b;
    yy += b * b;
    x1b += c;
    y1b += d;
    xxb += c * c;
    xyb += c * d;
    yyb += d * d;
  }
  for (; i < count; i++) {
    const a = (xs[i] as number) - meanX;
    const b = (ys[i] as number) - meanY;
    x1 += a;
    y1 += b;
    xx += a * a;
    xy += a * b;
    yy += b * b;
  }
  const restX = (x1 + x1b) / count;
  const restY = (y1 + y1b) / count;
  return {
    count,
    x: { mean: meanX, rest: restX },
    y: { mean: meanY, rest: restY },
    xx: Math.max(0, xx + xxb - count * restX * restX),
    xy: xy + xyb - count * restX * restY,
    yy: Math.max(0, yy + yyb - count * restY * restY),
  };
}

export function mergeCoMoments(a: CoMoments, b: CoMoments): CoMoments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const weight = b.count / count;
  const apartX = b.x.mean - a.x.mean + (b.x.rest - a.x.rest);
  const apartY = b.y.mean - a.y.mean + (b.y.rest - a.y.rest);
  // Put between the factors, because their product alone may leave the floats.
  const between = a.count * weight;
  return {
    count,
    x: shiftedMean(a.x.mean, a.x.rest, apartX * weight),
    y: shiftedMean(a.y.mean, a.y.rest, apartY * weight),
    xx: a.xx + b.xx + apartX * between * apartX,
    xy: a.xy + b.xy + apartX * between * apartY,
    yy: a.yy + b.yy + apartY * between * apartY,
  };
}

/** y = slope * x + intercept, and the coefficient of determination. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** NaN where there are fewer than two rows. */
  readonly r2: number;
}

/**
 * The line of least squares. Where all x are equal (`constantX`: rounding hides it in the sums) it
 * is level, at the mean of y; a line that meets every row has r2 = 1, also where all y are equal.
 */
export function lineOf({ count, x, y, xx, xy, yy }: CoMoments, constantX: boolean): Line {
  const slope = constantX ? 0 : xy / xx;
  const intercept = y.mean - slope * x.mean + (y.rest - slope * x.rest);
  if (count < 2) return { slope, intercept, r2: Number.NaN };
  if (yy === 0) return { slope, intercept, r2: 1 };
  return { slope, intercept, r2: constantX ? 0 : (xy / xx) * (xy / yy) };
}
