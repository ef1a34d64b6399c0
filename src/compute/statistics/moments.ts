/**
 * Mean, spread and skew of a column in parts. Each block is centred on its own mean; parts are merged
 * by Chan, Golub and LeVeque's formula (1979), and Pébay's (2008) for the third moment. Nothing here
 * adds up squares of numbers that are not centred: they would drown the spread.
 */
import { sumOfBlock } from "../arithmetic/sums.ts";

/** Plain data: it travels as a state. */
export interface Moments {
  readonly count: number;
  /** The mean is mean + rest: means of parts may be nearly equal, and their difference counts. */
  readonly mean: number;
  readonly rest: number;
  /** Sums of the second and third powers of what lies between the values and the mean. */
  readonly second: number;
  readonly third: number;
}

export const noMoments: Moments = { count: 0, mean: 0, rest: 0, second: 0, third: 0 };

export function momentsOfBlock(values: Float64Array): Moments {
  const count = values.length;
  if (count === 0) return noMoments;
  const mean = sumOfBlock(values) / count;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let t1 = 0;
  let t2 = 0;
  let t3 = 0;
  let i = 0;
  for (; i + 1 < count; i += 2) {
    const a = (values[i] as number) - mean;
    const b = (values[i + 1] as number) - mean;
    s1 += a;
    t1 += b;
    s2 += a * a;
    t2 += b * b;
    s3 += a * a * a;
    t3 += b * b * b;
  }
  for (; i < count; i++) {
    const a = (values[i] as number) - mean;
    s1 += a;
    s2 += a * a;
    s3 += a * a * a;
  }
  // The rounded mean is off by `rest`; the sums are moved to where it should be.
  const rest = (s1 + t1) / count;
  const second = s2 + t2 - count * rest * rest;
  const third = s3 + t3 - 3 * rest * (s2 + t2) + 2 * count * rest ** 3;
  return { count, mean, rest, second: Math.max(0, second), third };
}

export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const apart = b.mean - a.mean + (b.rest - a.rest);
  const weight = b.count / count;
  const { mean, rest } = shiftedMean(a.mean, a.rest, apart * weight);
  // The weight, which may be a half, goes between: the square alone may leave the floats.
  const between = apart * (a.count * weight) * apart;
  return {
    count,
    mean,
    rest,
    second: a.second + b.second + between,
    third:
      a.third +
      b.third +
      between * apart * ((a.count - b.count) / count) +
      3 * apart * ((a.count * b.second - b.count * a.second) / count),
  };
}

/** The mean moved by `shift`, as a float and what it lacks. */
export function shiftedMean(
  mean: number,
  rest: number,
  shift: number,
): { readonly mean: number; readonly rest: number } {
  const moved = mean + (rest + shift);
  return { mean: moved, rest: rest + shift - (moved - mean) };
}

/** The standard deviation of all values (`ddof` 0), or of many from a sample (`ddof` 1). */
export const deviationOf = ({ count, second }: Moments, ddof: 0 | 1): number =>
  count > ddof ? Math.sqrt(second / (count - ddof)) : Number.NaN;
