/**
 * W2: many tiny pieces of work from one client: the chunks of one job, and as many jobs of their own
 * with a bounded number under way. Beside them, bare requests with the same bound.
 */
import assert from "node:assert/strict";
import { tableFromContents } from "../src/index.ts";
import { figureOf, type Round, timed } from "./figure.ts";
import { numbersOf } from "./numbers-of.ts";
import { ECHO, type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly pieces: number;
}

/** Jobs, or requests, under way at once. */
const WINDOW = 256;

const oneJob = {
  version: 1,
  stages: { only: { tasks: ["null"], split: { rows: 1 } } },
};
const document = { version: 1, stages: { only: { tasks: ["null"] } } };
const question = new Uint8Array(64);

export const tinyChunks = defineWorkload<Sizes>({
  name: "W2",
  summary: "10,000 tiny pieces of work, as one job and as a job each",
  unsaid: "how it is with work of more than a few microseconds: then the slots are the limit.",
  sizes: {
    full: { rounds: 5, pieces: 10_000 },
    quick: { rounds: 2, pieces: 5_000 },
    tiny: { rounds: 1, pieces: 20 },
  },
  run: (bench, { rounds, pieces }) =>
    withSystem(bench, { threads: [2], echo: true }, async (system) => {
      const rates = async (call: () => Promise<void>) => [(pieces * 1_000) / (await timed(call))];
      const calls = [
        () => runOneJob(system, pieces),
        () => inWindow(pieces, (piece) => runJob(system, piece)),
        () => inWindow(pieces, () => request(system)),
      ] as const;
      for (const call of calls) await call();
      const [asOne, asMany]: [Round[], Round[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        const [one, many, baseline] = [
          await rates(calls[0]),
          await rates(calls[1]),
          await rates(calls[2]),
        ];
        asOne.push({ ours: one, baseline });
        asMany.push({ ours: many, baseline });
      }
      const peers = "28,800/s Moleculer, 5,900/s BullMQ";
      const shared = { unit: "/s", against: "bare NATS requests, pipelined" } as const;
      return [
        figureOf({
          ...shared,
          name: `${pieces} chunks of one job`,
          rounds: asOne,
          aim: { text: "≥ 40,000/s", of: "ours", atLeast: 40_000 },
          peers,
          best: 28_800,
        }),
        figureOf({
          ...shared,
          name: `${pieces} ephemeral jobs, ${WINDOW} at once`,
          rounds: asMany,
          aim: { text: "≥ 8,000/s", of: "ours", atLeast: 8_000 },
          peers,
          best: 28_800,
        }),
      ];
    }),
});

async function runOneJob({ client }: System, pieces: number): Promise<void> {
  const input = tableFromContents({ x: Float64Array.from({ length: pieces }, (_, row) => row) });
  const job = await client.submit(oneJob, { mode: "ephemeral", input });
  const { counts, stages } = await job.done();
  const values = numbersOf(await job.result(), "x");
  assert.equal(stages[0]?.chunks, pieces, "each row was a chunk of its own");
  assert.ok(counts.attempts >= pieces);
  assert.equal(values.length, pieces);
  assert.ok(
    values.every((value, row) => value === row),
    "the rows come back in their order",
  );
}

async function runJob({ client }: System, piece: number): Promise<void> {
  const input = { x: Float64Array.of(piece) };
  const job = await client.submit(document, { mode: "ephemeral", input });
  assert.deepEqual([...numbersOf(await job.result(), "x")], [piece]);
}

async function request({ nats }: System): Promise<void> {
  const answer = await nats.request(ECHO, question, { timeout: 30_000 });
  assert.equal(answer.data.length, question.length);
}

/** Calls for 0 to `count` - 1, never more than the window at once. */
async function inWindow(count: number, call: (piece: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: Math.min(WINDOW, count) }, lane));
}
