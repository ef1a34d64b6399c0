/**
 * W4: as many waiting tasks as there are slots, over many tasknodes, in orders of sixteen. All could run
 * at once, so what the job takes beyond one of them is lost. The baseline waits as long, once.
 */
import assert from "node:assert/strict";
import { tableFromContents } from "../src/index.ts";
import { figureOf, type Round, timed } from "./figure.ts";
import { type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly nodes: number;
  readonly slots: number;
  readonly ms: number;
}

export const manySlots = defineWorkload<Sizes>({
  name: "W4",
  summary: "512 tasks of 1 s on 32 tasknodes with 16 slots each",
  unsaid:
    "that 32 processes on two cores are a good idea; they stand for 32 machines, whose starting is not measured.",
  sizes: {
    full: { rounds: 3, nodes: 32, slots: 16, ms: 1_000 },
    quick: { rounds: 2, nodes: 8, slots: 16, ms: 1_000 },
    tiny: { rounds: 1, nodes: 2, slots: 2, ms: 5 },
  },
  run: (bench, { rounds: count, nodes, slots, ms }) =>
    withSystem(bench, { threads: Array.from({ length: nodes }, () => slots) }, async (system) => {
      const tasks = nodes * slots;
      await runJob(system, tasks, Math.min(ms, 50));
      const rounds: Round[] = [];
      for (let round = 0; round < count; round++) {
        const ours = await timed(() => runJob(system, tasks, ms));
        const wait = () => new Promise((done) => setTimeout(done, ms));
        rounds.push({ ours: [ours], baseline: [await timed(wait)] });
      }
      return [
        figureOf({
          name: `${tasks} × ${ms} ms on ${nodes} × ${slots} slots`,
          unit: "ms",
          rounds,
          against: "one such wait",
          aim: { text: "≤ 1.06 × one wait", of: "ratio", atMost: 1.06 },
          ...(tasks === 512 && { best: 1_120 }),
          peers: "1.12 s Moleculer, 1.25 s Dask, 1.35 s asyncronous_com",
        }),
      ];
    }),
});

async function runJob({ client }: System, tasks: number, ms: number): Promise<void> {
  const input = tableFromContents({ x: Float64Array.from({ length: tasks }, (_, row) => row) });
  const stage = { tasks: [{ benchSleep: { ms } }], split: { rows: 1 } };
  const document = { version: 1, stages: { wait: stage } };
  const job = await client.submit(document, { mode: "ephemeral", input });
  assert.equal((await job.result()).rows, tasks);
}
