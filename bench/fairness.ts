/**
 * W13: how long a tiny job takes while another submitter's job of 100,000 chunks has all slots; beside it
 * tiny jobs on the idle system. And 200 jobs at once from ten submitters: how much longer the last one
 * takes than one in the middle, where being starved would show.
 */
import assert from "node:assert/strict";
import { type Rtl, tableFromContents } from "../src/index.ts";
import { type Figure, figureOf, type Round, spreadOf, timed } from "./figure.ts";
import { type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly chunks: number;
  /** How long each of them takes. */
  readonly ms: number;
  /** Tiny jobs of a round, idle and behind the large one. */
  readonly tiny: number;
  readonly jobs: number;
}

const SUBMITTERS = 10;
/** Chunks of each of the many jobs. */
const CHUNKS = 50;
const tinyJob = { version: 1, stages: { only: { tasks: ["null"] } } };
/** Long enough that a slot which is given to the wrong job can be seen. */
const chunked = (ms: number) => ({
  version: 1,
  stages: { all: { tasks: [{ benchSleep: { ms } }], split: { rows: 1 } } },
});
const rows = (count: number) =>
  tableFromContents({ x: Float64Array.from({ length: count }, (_, row) => row) });

export const fairness = defineWorkload<Sizes>({
  name: "W13",
  summary: "a tiny job behind one of 100,000 chunks, and 200 jobs at once",
  unsaid:
    "how it is where a task of the large job takes minutes: nothing that runs is interrupted for another.",
  sizes: {
    full: { rounds: 3, chunks: 100_000, ms: 1, tiny: 50, jobs: 200 },
    quick: { rounds: 2, chunks: 100_000, ms: 1, tiny: 20, jobs: 50 },
    tiny: { rounds: 1, chunks: 500, ms: 10, tiny: 2, jobs: 4 },
  },
  run: (bench, sizes) =>
    withSystem(bench, { threads: [2] }, async (system) => [
      await behind(system, sizes),
      await together(system, sizes),
    ]),
});

async function behind(system: System, { rounds: count, chunks, ms, tiny }: Sizes): Promise<Figure> {
  const other = await system.connect("other");
  const times = async () => {
    const found: number[] = [];
    for (let job = 0; job < tiny; job++) found.push(await timed(() => runTiny(other)));
    return found;
  };
  await times();
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) {
    const baseline = await times();
    const options = { input: rows(chunks), mode: "ephemeral" } as const;
    const large = await system.client.submit(chunked(ms), options);
    const ours = await times();
    await large.cancel({ graceMs: 0 });
    const { state } = await large.done();
    assert.equal(state, "cancelled", "the large job was over before the tiny ones were");
    rounds.push({ ours, baseline });
  }
  return figureOf({
    name: `tiny job behind one of ${chunks} chunks`,
    unit: "ms",
    rounds,
    against: "the same on an idle system",
    aim: { text: "≤ 5 × idle", of: "ratio", atMost: 5 },
  });
}

async function runTiny(client: Rtl): Promise<void> {
  const job = await client.submit(tinyJob, { mode: "ephemeral" });
  assert.equal((await job.result()).rows, 1);
}

async function together(system: System, { rounds: count, jobs }: Sizes): Promise<Figure> {
  const names = Array.from({ length: SUBMITTERS }, (_, at) => `submitter-${at}`);
  const clients = await Promise.all(names.map((name) => system.connect(name)));
  const input = rows(CHUNKS);
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) {
    const begin = performance.now();
    const ends = await Promise.all(
      Array.from({ length: jobs }, async (_, at) => {
        const client = clients[at % SUBMITTERS];
        const job = await client?.submit(chunked(1), { mode: "ephemeral", input });
        assert.equal((await job?.result())?.rows, CHUNKS);
        return performance.now() - begin;
      }),
    );
    rounds.push({ ours: [Math.max(...ends)], baseline: [spreadOf(ends).median] });
  }
  return figureOf({
    name: `the last of ${jobs} jobs at once`,
    unit: "ms",
    rounds,
    against: "the one in their middle",
  });
}
