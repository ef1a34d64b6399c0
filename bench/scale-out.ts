/**
 * W14: the same work on 1, 2, 4 and 8 tasknode processes of one slot each: work that waits, which should
 * take half the time on twice as many, and work that computes, which ends at the processors that there
 * are. Then null jobs with two relays, and durable ones on three nats-servers that keep everything three
 * times: what reliability costs.
 */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { tableFromContents } from "../src/index.ts";
import { beatCost } from "./beats.ts";
import { type Figure, figureOf, type Round, timed } from "./figure.ts";
import type { TaskLine } from "./in-process.ts";
import { type Bench, type System, type SystemPlan, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly nodes: readonly number[];
  readonly tasks: number;
  readonly ms: number;
  readonly steps: number;
  readonly jobs: number;
  /** Nodes that beat, and how often in all. */
  readonly beating: number;
  readonly beats: number;
}

const nullJob = { version: 1, stages: { only: { tasks: ["null"] } } };
const CONCURRENT = 64;

export const scaleOut = defineWorkload<Sizes>({
  name: "W14",
  summary: "1, 2, 4 and 8 tasknodes; two relays; three nats-servers",
  unsaid: "how it is on several machines; eight processes and a cluster share two cores here.",
  sizes: {
    full: {
      rounds: 3,
      nodes: [1, 2, 4, 8],
      tasks: 160,
      ms: 50,
      steps: 30_000_000,
      jobs: 2_000,
      beating: 1_000,
      beats: 50_000,
    },
    quick: {
      rounds: 1,
      nodes: [1, 2, 4, 8],
      tasks: 80,
      ms: 50,
      steps: 20_000_000,
      jobs: 500,
      beating: 1_000,
      beats: 20_000,
    },
    tiny: {
      rounds: 1,
      nodes: [1, 2],
      tasks: 4,
      ms: 5,
      steps: 1_000,
      jobs: 4,
      beating: 3,
      beats: 9,
    },
  },
  async run(bench, sizes) {
    const waits = { benchSleep: { ms: sizes.ms } };
    const computes = { benchBusy: { steps: sizes.steps } };
    const waiting = await timesOn(bench, sizes, waits);
    const computing = await timesOn(bench, sizes, computes);
    const cores = availableParallelism();
    return [
      ...speedUps("waiting work", sizes, waiting, () => 1),
      ...speedUps("computing work", sizes, computing, (nodes) => Math.max(1, nodes / cores)),
      await jobsPerSecond(bench, sizes, "ephemeral", { relays: 2 }, "two relays"),
      await jobsPerSecond(bench, sizes, "durable", { relays: 2 }, "two relays"),
      await jobsPerSecond(bench, sizes, "durable", { cluster: true }, "a cluster of three servers"),
      await beatCost(bench, sizes.beating, sizes.beats, sizes.rounds),
    ];
  },
});

/** Milliseconds of the job, by round, on so many nodes. */
async function timesOn(
  bench: Bench,
  { nodes, rounds, tasks }: Sizes,
  task: TaskLine,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const found = new Map<number, number[]>();
  for (const count of nodes) {
    const threads = Array.from({ length: count }, () => 1);
    await withSystem(bench, { threads }, async (system) => {
      await run(system, 4 * count, task);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        times.push(await timed(() => run(system, tasks, task)));
      }
      found.set(count, times);
    });
  }
  return found;
}

async function run({ client }: System, tasks: number, task: TaskLine): Promise<void> {
  const input = tableFromContents({ x: Float64Array.from({ length: tasks }, (_, row) => row) });
  const document = { version: 1, stages: { all: { tasks: [task], split: { rows: 1 } } } };
  const job = await client.submit(document, { mode: "ephemeral", input });
  assert.equal((await job.result()).rows, tasks);
}

/** Time of the slots: the same on any number of nodes if nothing were lost. */
function speedUps(
  what: string,
  { nodes, tasks }: Sizes,
  times: ReadonlyMap<number, readonly number[]>,
  slotsPerCore: (nodes: number) => number,
): readonly Figure[] {
  const alone = times.get(nodes[0] ?? 1) ?? [];
  return nodes.slice(1).map((count) => {
    const slots = count / slotsPerCore(count);
    const rounds: Round[] = (times.get(count) ?? []).map((ms, round) => ({
      ours: [slots * ms],
      baseline: [alone[round] ?? Number.NaN],
    }));
    return figureOf({
      name: `${tasks} × ${what} on ${count} tasknodes, × ${Number(slots.toPrecision(2))}`,
      unit: "ms",
      rounds,
      against: "the same on one tasknode",
      aim: { text: "≤ 1.15 × one", of: "ratio", atMost: 1.15 },
    });
  });
}

async function jobsPerSecond(
  bench: Bench,
  { rounds: count, jobs }: Sizes,
  mode: "ephemeral" | "durable",
  plan: Partial<SystemPlan>,
  what: string,
): Promise<Figure> {
  const rates = (own: Partial<SystemPlan>) =>
    withSystem(bench, { threads: [2], ...own }, async (system) => {
      await manyJobs(system, jobs, mode);
      const found: number[] = [];
      for (let round = 0; round < count; round++) {
        found.push((1_000 * jobs) / (await timed(() => manyJobs(system, jobs, mode))));
      }
      return found;
    });
  const [plain, own] = [await rates({}), await rates(plan)];
  return figureOf({
    name: `${mode} jobs, ${CONCURRENT} at once, with ${what}`,
    unit: "/s",
    rounds: own.map((rate, round) => ({ ours: [rate], baseline: [plain[round] ?? Number.NaN] })),
    against: "one relay, one server",
  });
}

async function manyJobs({ client }: System, jobs: number, mode: "ephemeral" | "durable") {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next++ < jobs) {
      const job = await client.submit(nullJob, { mode });
      assert.equal((await job.result()).rows, 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT, jobs) }, lane));
}
