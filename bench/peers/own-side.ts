/**
 * rtl's side of the comparison with its peers: two tasknodes of one slot each, and a client in this
 * process. Writes one line of JSON for each workload, as dask_peer.py does. W1 is a durable job, which
 * is written down before it is answered: Celery's and BullMQ's tasks are in Redis, too.
 */
import assert from "node:assert/strict";
import { tableFromContents } from "../../src/index.ts";
import { timed } from "../figure.ts";
import { withSystem } from "../system.ts";

interface Sizes {
  readonly jobs: number;
  readonly tasks: number;
  readonly rounds: number;
  readonly waits: number;
  readonly waitMs: number;
  readonly rows: number;
}

const sizes = JSON.parse(process.argv[2] ?? "{}") as Sizes;
const nullJob = { version: 1, stages: { only: { tasks: ["null"] } } };
const each = (task: unknown) => ({
  version: 1,
  stages: { all: { tasks: [task], split: { rows: 1 } } },
});
const numbers = (count: number) =>
  tableFromContents({ x: Float64Array.from({ length: count }, (_, row) => row) });

const tell = (workload: string, values: readonly number[]): void =>
  console.log(JSON.stringify({ workload, values }));

async function times(count: number, call: () => Promise<void>): Promise<number[]> {
  const found: number[] = [];
  for (let time = 0; time < count; time++) found.push(await timed(call));
  return found;
}

await withSystem({}, { threads: [1, 1] }, async ({ client }) => {
  const run = async (document: object, rows: number, input = numbers(rows)) => {
    const job = await client.submit(document, { input, mode: "ephemeral" });
    assert.equal((await job.result()).rows, rows);
  };
  const one = (mode: "durable" | "ephemeral") => async () => {
    const job = await client.submit(nullJob, { input: numbers(1), mode });
    assert.equal((await job.result()).rows, 1);
  };
  for (const [workload, mode] of [
    ["W1", "durable"],
    ["W1 ephemeral", "ephemeral"],
  ] as const) {
    await times(20, one(mode));
    tell(workload, await times(sizes.jobs, one(mode)));
  }
  const tiny = await times(sizes.rounds, () => run(each("null"), sizes.tasks));
  tell(
    "W2",
    tiny.map((ms) => (1_000 * sizes.tasks) / ms),
  );
  const waiting = each({ benchSleep: { ms: sizes.waitMs } });
  const waits = await times(sizes.rounds, () => run(waiting, sizes.waits));
  // Time of the slots, of which there are two.
  tell(
    "W3",
    waits.map((ms) => 2 * ms),
  );
  const [x, y] = [0, 1].map(() => Float64Array.from({ length: sizes.rows }, (_, row) => row));
  assert.ok(x !== undefined && y !== undefined);
  const table = tableFromContents({ x, y });
  tell("W5a", await times(3 * sizes.rounds, () => run(nullJob, sizes.rows, table)));
});
