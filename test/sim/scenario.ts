/** What one seed stands for: a job, its machines, and all that will go wrong. */
import type { JobSpec, SplitSpec, StageSpec } from "../../src/protocol/job-spec.ts";
import { Random } from "./random.ts";
import { foldName, gatherNames, mapNames, reduceNames, sourceName } from "./tasks.ts";

export interface Scenario {
  readonly seed: number;
  readonly spec: JobSpec;
  readonly inputRows: number;
  readonly nodes: number;
  readonly slotsPerNode: number;
  /** Of each message. */
  readonly loss: number;
  readonly duplication: number;
  /** At each turn: a message of before is heard again. */
  readonly replays: number;
  /** Of each message: it comes later than a lease is long. */
  readonly stragglers: number;
  readonly delayMsMax: number;
  readonly workMsMax: number;
  /** Each time that it may, something goes wrong or not: after so many milliseconds again. */
  readonly turnMs: number;
  /** Of each node, at each turn. */
  readonly crashes: number;
  /** Of each node, at each turn: it stands still for a while, and goes on. */
  readonly pauses: number;
  /** At each turn: some nodes cannot be reached from the relay, or do not reach it, or each other. */
  readonly partitions: number;
  /** Of the relay, at each turn. */
  readonly takeovers: number;
  /** Of a takeover: the relay that had the job lives on for a while, and knows nothing of it. */
  readonly zombies: number;
  /** Of the relay's clock, at each turn. */
  readonly clockJumps: number;
  /** Of each piece of work: its task fails, and may be tried again. */
  readonly flaky: number;
  readonly windowMax: number;
  readonly cancelAtMs: number | undefined;
  /** The stage of the document whose first call always fails, by the user's fault. */
  readonly faultyStage: number | undefined;
  /** When nothing goes wrong any more. */
  readonly quietAtMs: number;
}

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const isCalm = random.chance(0.1);
  const rare = (probability: number) => (isCalm || random.chance(0.4) ? 0 : probability);
  const spec = randomSpec(random);
  return {
    seed,
    spec,
    inputRows: random.oneOf([0, 1, 40, 300]),
    nodes: random.whole(1, 6),
    slotsPerNode: random.whole(1, 3),
    loss: rare(0.05),
    duplication: rare(0.1),
    replays: rare(0.5),
    stragglers: rare(0.01),
    delayMsMax: random.oneOf([1, 30, 500]),
    workMsMax: random.oneOf([1, 200, 6_000]),
    turnMs: random.oneOf([50, 250, 1_000]),
    crashes: rare(0.06),
    pauses: rare(0.04),
    partitions: rare(0.08),
    takeovers: rare(0.08),
    zombies: random.oneOf([0, 0.6, 1]),
    clockJumps: rare(0.1),
    flaky: rare(0.05),
    windowMax: random.oneOf([1, 3, 1_000]),
    cancelAtMs: random.chance(0.15) ? random.whole(0, 12_000) : undefined,
    faultyStage: random.chance(0.08) ? random.whole(0, spec.stages.length - 1) : undefined,
    quietAtMs: 40_000,
  };
}

/** Nothing goes wrong but what the tasks do themselves. */
export const isUndisturbed = (scenario: Scenario): boolean =>
  [
    scenario.loss,
    scenario.duplication,
    scenario.replays,
    scenario.stragglers,
    scenario.crashes,
    scenario.pauses,
    scenario.partitions,
    scenario.takeovers,
  ].every((chance) => chance === 0);

function randomSpec(random: Random): JobSpec {
  const stages: StageSpec[] = [];
  const count = random.whole(1, 6);
  for (let index = 0; index < count; index++) stages.push(randomStage(random, stages));
  return { version: 1, stages };
}

function randomStage(random: Random, earlier: readonly StageSpec[]): StageSpec {
  const needs = new Set<string>();
  const most = Math.min(earlier.length, random.oneOf([0, 1, 1, 1, 1, 2, 3]));
  while (needs.size < most) needs.add(random.oneOf(earlier.slice(-4)).name);
  const calls = Array.from({ length: random.whole(1, 4) }, (_, position) =>
    randomCall(random, position === 0 && needs.size === 0 && random.chance(0.7)),
  );
  return {
    name: `s${earlier.length}`,
    needs: [...needs],
    tasks: calls,
    retry: { attempts: 50, backoffMs: 50 },
    ...(random.chance(0.4) && { split: randomSplit(random) }),
    ...(random.chance(0.1) && { cache: true }),
  };
}

const randomSplit = (random: Random): SplitSpec =>
  random.chance(0.5) ? { rows: random.whole(3, 60) } : { chunks: random.whole(1, 12) };

function randomCall(random: Random, isSource: boolean): StageSpec["tasks"][number] {
  if (isSource || random.chance(0.04)) {
    return { task: sourceName, params: { units: random.oneOf([0, 1, 37, 200, 400]) } };
  }
  const kind = random.next();
  if (kind < 0.6) return { task: random.oneOf(mapNames), params: {} };
  if (kind < 0.8) return { task: foldName, params: {} };
  if (kind < 0.9) return { task: random.oneOf(gatherNames), params: {} };
  return { task: random.oneOf(reduceNames), params: {} };
}
