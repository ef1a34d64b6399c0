/**
 * W3: tasks that wait, on a few slots: what is lost between one piece of work and the next. The
 * baseline waits as often in a plain loop; a slot that was always busy would be as fast as that.
 */
import assert from "node:assert/strict";
import { tableFromContents } from "../src/index.ts";
import { type Figure, figureOf, type Round, timed } from "./figure.ts";
import { type Bench, type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly tasks: number;
  readonly ms: number;
  readonly slots: readonly number[];
}

const peersOf: Readonly<Record<number, string>> = {
  1: "+3.8 % Moleculer",
  2: "+3.8 % Moleculer",
  10: "+7.9 % Moleculer",
};

export const waitingTasks = defineWorkload<Sizes>({
  name: "W3",
  summary: "1,000 tasks of 10 ms on 1, 2 and 10 slots",
  unsaid: "anything about tasks that compute; timers of the system are 2 % late by themselves.",
  sizes: {
    full: { rounds: 2, tasks: 1_000, ms: 10, slots: [1, 2, 10] },
    quick: { rounds: 1, tasks: 200, ms: 10, slots: [1, 2, 10] },
    tiny: { rounds: 1, tasks: 6, ms: 2, slots: [2] },
  },
  async run(bench, sizes) {
    const figures: Figure[] = [];
    for (const slots of sizes.slots) figures.push(await onSlots(bench, sizes, slots));
    return figures;
  },
});

const onSlots = (bench: Bench, sizes: Sizes, slots: number): Promise<Figure> =>
  withSystem(bench, { threads: [slots] }, async (system) => {
    const { tasks, ms } = sizes;
    // The relay learns how long such a task takes from the first ones that it sees.
    await runJob(system, 2 * slots, ms);
    const rounds: Round[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      // Time of the slots, so that both would be the same if nothing were lost.
      const ours = slots * (await timed(() => runJob(system, tasks, ms)));
      rounds.push({ ours: [ours], baseline: [await timed(() => loop(tasks, ms))] });
    }
    return figureOf({
      name: `${tasks} × ${ms} ms on ${slots} ${slots === 1 ? "slot" : "slots"}, slot time`,
      unit: "ms",
      rounds,
      against: "the same waits in one loop",
      aim: { text: "≤ 1.015 × loop", of: "ratio", atMost: 1.015 },
      peers: peersOf[slots] ?? "-",
    });
  });

async function runJob({ client }: System, tasks: number, ms: number): Promise<void> {
  const input = tableFromContents({ x: Float64Array.from({ length: tasks }, (_, row) => row) });
  const stage = { tasks: [{ benchSleep: { ms } }], split: { rows: 1 } };
  const job = await client.submit(
    { version: 1, stages: { wait: stage } },
    { mode: "ephemeral", input },
  );
  const { rows } = await job.result();
  assert.equal(rows, tasks);
}

async function loop(tasks: number, ms: number): Promise<void> {
  for (let task = 0; task < tasks; task++) await new Promise((done) => setTimeout(done, ms));
}
