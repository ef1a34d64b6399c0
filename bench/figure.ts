/**
 * What a workload measured: ours beside a baseline of the same run, an aim and what others reached.
 * Only arithmetic on numbers that were measured elsewhere; it never runs or prints anything.
 */

/** Order statistics of a list of measurements, in the figure's unit. */
export interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** Measurements of ours and of the baseline that were taken right after one another. */
export interface Round {
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
}

/** What is to be reached: a bound of our median or of its ratio to the baseline. */
export interface Aim {
  readonly text: string;
  readonly of: "ours" | "ratio";
  readonly atMost?: number;
  readonly atLeast?: number;
}

export type Unit = "ms" | "µs" | "/s" | "MB" | "MB/s" | "s";

export interface Figure {
  /** What was done. */
  readonly name: string;
  readonly unit: Unit;
  readonly ours: Spread;
  readonly baseline: Spread;
  /** What the baseline is. */
  readonly against: string;
  /** Ours by the baseline: the median of the rounds' own ratios, so that a noisy minute cancels. */
  readonly ratio: number;
  readonly aim: Aim | undefined;
  readonly reached: boolean | undefined;
  /** The figures of comparable systems; see peersNote. */
  readonly peers: string;
  /** The best of them as a number, in the same unit. */
  readonly best: number | undefined;
}

/** Where the peers' figures come from. They are for orientation: only ratios of one run compare. */
export const peersNote =
  "peers: measured in November 2026 on 2 shared cores with 24 GiB, Debian 12, Python 3.11, " +
  "Redis 7.0.15; another machine gives other times";

export interface FigureParts {
  readonly name: string;
  readonly unit: Unit;
  readonly rounds: readonly Round[];
  readonly against: string;
  readonly aim?: Aim;
  readonly peers?: string;
  readonly best?: number;
}

export function figureOf(parts: FigureParts): Figure {
  const { name, unit, rounds, against, aim, peers = "-", best } = parts;
  const ours = spreadOf(rounds.flatMap((round) => round.ours));
  const baseline = spreadOf(rounds.flatMap((round) => round.baseline));
  const ratio = spreadOf(
    rounds.map((round) => spreadOf(round.ours).median / spreadOf(round.baseline).median),
  ).median;
  const judged = aim?.of === "ratio" ? ratio : ours.median;
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = aim ?? {};
  const reached = aim && judged <= atMost && judged >= atLeast;
  return { name, unit, ours, baseline, against, ratio, aim, reached, peers, best };
}

/** The spread of at least one number. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = Float64Array.from(values).sort();
  const at = (fraction: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? Number.NaN;
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] ?? Number.NaN)
      : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { median, p99: at(0.99), min: at(0), max: at(1), count: sorted.length };
}

/** Milliseconds that the call takes. */
export async function timed(call: () => unknown): Promise<number> {
  const begin = performance.now();
  await call();
  return performance.now() - begin;
}
