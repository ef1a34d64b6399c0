/** What many simulated runs come to: faults injected by kind, and how often each of the five things was seen. */
import type { Report } from "../chaos/report.ts";
import { checkSeed } from "./check.ts";
import { type FaultKind, SimulatedFault } from "./fault.ts";
import type { Fate } from "./relays/run.ts";
import { checkStrike, everyStrike, randomStrike, type Strike } from "./relays/strikes.ts";

type Sums = Record<string, number>;

export interface Tally {
  jobs: number;
  chunks: number;
  /** Pieces of work that ran, beyond the first time of each. */
  executedAgain: number;
  readonly outcomes: Sums;
  readonly injected: Sums;
  readonly counts: Record<FaultKind, number>;
  /** Of runs in which something was wrong, each with the command that replays it. */
  readonly faults: string[];
}

export const emptyTally = (): Tally => ({
  jobs: 0,
  chunks: 0,
  executedAgain: 0,
  outcomes: {},
  injected: {},
  counts: { lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 },
  faults: [],
});

function add(sums: Sums, more: Readonly<Sums>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}

export function merged(tallies: readonly Tally[]): Tally {
  const sum = emptyTally();
  for (const { jobs, chunks, executedAgain, outcomes, injected, counts, faults } of tallies) {
    sum.jobs += jobs;
    sum.chunks += chunks;
    sum.executedAgain += executedAgain;
    add(sum.outcomes, outcomes);
    add(sum.injected, injected);
    add(sum.counts, counts);
    sum.faults.push(...faults);
  }
  return sum;
}

function note(tally: Tally, error: unknown): void {
  const kind = error instanceof SimulatedFault ? error.kind : "wrong";
  tally.counts[kind]++;
  tally.faults.push(error instanceof Error ? error.message : String(error));
}

/** Which of the runs are done here: every `of`-th, beginning with `share`. */
export interface Part {
  readonly share: number;
  readonly of: number;
}

const whole: Part = { share: 0, of: 1 };

/** The core under everything, with `count` seeds from `from` on. */
export function tallySeeds(from: number, count: number, { share, of }: Part = whole): Tally {
  const tally = emptyTally();
  for (let seed = from + share; seed < from + count; seed += of) {
    tally.jobs++;
    try {
      const { outcome, stats, injected } = checkSeed(seed);
      add(tally.outcomes, { [outcome.state]: 1 });
      add(tally.injected, { ...injected });
      tally.chunks += stats.chunks;
      tally.executedAgain += stats.executedAgain;
    } catch (error) {
      note(tally, error);
    }
  }
  return tally;
}

const kindsOf = ({ blows, nodeDiesAtMs }: Fate): readonly string[] => [
  ...blows.map(({ how }) =>
    how === "pause" ? "relay stands still" : `relay dies ${how} an effect`,
  ),
  ...(nodeDiesAtMs === undefined ? [] : ["node dies"]),
];

async function strike(tally: Tally, one: Strike): Promise<void> {
  tally.jobs++;
  try {
    const { fate, record, executions, struck } = await checkStrike(one);
    for (const kind of kindsOf({ ...fate, blows: fate.blows.slice(0, struck) })) {
      add(tally.injected, { [kind]: 1 });
    }
    add(tally.outcomes, { [record?.state ?? "none"]: 1 });
    const pieces = new Set(executions.map(({ piece }) => piece)).size;
    tally.chunks += pieces;
    tally.executedAgain += executions.length - pieces;
  } catch (error) {
    note(tally, error);
  }
}

/** Real relays: at each of their effects once, and `count` times at random, with seeds from `from` on. */
export async function tallyStrikes(
  from: number,
  count: number,
  { share, of }: Part,
): Promise<Tally> {
  const tally = emptyTally();
  let turn = 0;
  for await (const one of everyStrike(["before", "after", "pause"])) {
    if (turn++ % of === share) await strike(tally, one);
  }
  for (let seed = from + share; seed < from + count; seed += of) {
    await strike(tally, randomStrike(seed));
  }
  return tally;
}

/** As the chaos suite reads it: one line of JSON. */
export function reportOf(tally: Tally, what: string): Report {
  const injected = Object.values(tally.injected).reduce((sum, count) => sum + count, 0);
  const { jobs, chunks, counts } = tally;
  return { fault: `simulated: ${what}`, injected, simulated: true, jobs, chunks, ...counts };
}
