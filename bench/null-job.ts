/**
 * W1: one null job after the other from one connected client. Beside it, in turns, bare requests to a
 * process that echoes them: two hops of the same bus, without relay, tasknode and thread.
 */
import assert from "node:assert/strict";
import { figureOf, type Round, timed } from "./figure.ts";
import { ECHO, type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  /** Jobs of each mode, and requests, in a round. */
  readonly jobs: number;
  readonly warmUp: number;
}

type Mode = "ephemeral" | "durable";
const document = { version: 1, stages: { only: { tasks: ["null"] } } };
const question = new Uint8Array(64);

export const nullJob = defineWorkload<Sizes>({
  name: "W1",
  summary: "null jobs one after the other",
  unsaid:
    "what a task costs that has something to do, nor what a client pays that connects for each job.",
  sizes: {
    full: { rounds: 20, jobs: 50, warmUp: 200 },
    quick: { rounds: 5, jobs: 40, warmUp: 100 },
    tiny: { rounds: 1, jobs: 3, warmUp: 1 },
  },
  run: (bench, sizes) =>
    withSystem(bench, { threads: [2], echo: true }, async (system) => {
      await repeat(sizes.warmUp, () => runJob(system, "ephemeral"));
      await repeat(sizes.warmUp, () => runJob(system, "durable"));
      await repeat(sizes.warmUp, () => request(system));
      const rounds: Record<Mode, Round[]> = { ephemeral: [], durable: [] };
      for (let round = 0; round < sizes.rounds; round++) {
        const ephemeral = await repeat(sizes.jobs, () => runJob(system, "ephemeral"));
        const baseline = await repeat(sizes.jobs, () => request(system));
        const durable = await repeat(sizes.jobs, () => runJob(system, "durable"));
        rounds.ephemeral.push({ ours: ephemeral, baseline });
        rounds.durable.push({ ours: durable, baseline });
      }
      return [figure("ephemeral", rounds, 1.5), figure("durable", rounds, 3)];
    }),
});

const figure = (mode: Mode, rounds: Readonly<Record<Mode, readonly Round[]>>, atMost: number) =>
  figureOf({
    name: `null job, ${mode}`,
    unit: "ms",
    rounds: rounds[mode],
    against: "bare NATS request and reply",
    aim: { text: `≤ ${atMost} × bare`, of: "ratio", atMost },
    peers: "0.46 ms py-zmq-pipeline, 0.50 ms Moleculer",
    best: 0.46,
  });

async function repeat(count: number, call: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(call));
  return times;
}

async function runJob({ client }: System, mode: Mode): Promise<void> {
  const job = await client.submit(document, { mode });
  const table = await job.result();
  assert.equal(table.rows, 1, "a null job hands back the one row that it starts from");
}

async function request({ nats }: System): Promise<void> {
  const answer = await nats.request(ECHO, question, { timeout: 10_000 });
  assert.equal(answer.data.length, question.length);
}
