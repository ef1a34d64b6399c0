/**
 * A node that is stopped past its lease and then goes on, while others do its work: what it answers
 * late is counted and changes nothing. A task that uses all of a processor keeps its lease; one that runs
 * over its limit is ended.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import type { JobHandle } from "../../src/index.ts";
import { routes } from "../../src/protocol/routes.ts";
import { numbersIn } from "../support/orders.ts";
import { busOn } from "../support/quiet-bus.ts";
import { startSystem, testTasks } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";

const LEASE_MS = 1_500;
const ROUNDS = long ? 20 : 1;
/** How long a node stands still the last time. */
const STOP_MS = long ? 60_000 : 0;
const CHUNKS = 12;
/** Three to a lease. */
const BEATS = 8;
const expected = Array.from({ length: CHUNKS }, (_, row) => row);

const system = await startSystem(undefined, {
  nodes: [1, 2].map(() => ({ threads: 1, tasks: testTasks })),
  env: { RTL_LEASE_MS: String(LEASE_MS), RTL_GRACE_MS: "50" },
});
const rtl = await system.connect();
const ledger = join(system.data, "ledger");
writeFileSync(ledger, "");
const linesOf = (id: string) =>
  readFileSync(ledger, "utf8")
    .split("\n")
    .filter((line) => line.startsWith(`${id} `));
const gone = (node: string) =>
  waitUntil(
    async () => !(await rtl.nodes()).nodes.some((one) => one.node === node),
    `${node} was not given up`,
  );
const spy = await busOn(system.server, "spy");
/** Nodes whose newest beat was one without orders: it comes after their answers. */
const idleNodes = new Set<string>();
spy.subscribe(routes.nodeBeat, { node: "*" }, ({ node, held }) => {
  if (held.length === 0) idleNodes.add(node);
  else idleNodes.delete(node);
});
await spy.flush();
const idle = (node: string) => waitUntil(() => idleNodes.has(node), `${node} did not come back`);
/** How many last events a job had. */
async function ends(job: JobHandle): Promise<number> {
  let count = 0;
  for await (const event of job.watch()) if (event.type === "job.done") count++;
  return count;
}

/** Pieces that wait for one file, then one that waits for another: meanwhile the job is not over. */
const document = (id: string) => ({
  stages: {
    work: {
      split: { chunks: CHUNKS },
      retry: { attempts: 10, backoff: "1ms" },
      tasks: [
        { slowlyMeasured: { ms: 0, rows: CHUNKS } },
        { trace: { ledger, job: `${id}.work` } },
        { gate: { file: `${id}.first` } },
      ],
    },
    last: {
      tasks: [
        { gathered: {} },
        { trace: { ledger, job: `${id}.last` } },
        { gate: { file: `${id}.second` } },
      ],
    },
  },
});

test("a stopped node's work is done by another; what it answers late is no second result", async (t) => {
  let [late, doubled, wrong, executions] = [0, 0, 0, 0];
  const recoveryMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const id = `stopped-${round}`;
    const job = await rtl.submit(document(id), { id });
    const events = ends(job);
    await waitUntil(() => linesOf(`${id}.work`).length >= 2, "two pieces did not begin");
    const victim = system.nodes[round % 2];
    assert.ok(victim);
    process.kill(victim.pid, "SIGSTOP");
    const began = performance.now();
    try {
      await gone(victim.id);
      recoveryMs.push(performance.now() - began - LEASE_MS);
      if (STOP_MS > 0 && round === ROUNDS - 1) await pause(STOP_MS);
      writeFileSync(join(system.data, `${id}.first`), "");
      await waitUntil(() => linesOf(`${id}.last`).length > 0, "the other node did not do the work");
    } finally {
      // What it said last may be from before it had begun anything.
      idleNodes.delete(victim.id);
      process.kill(victim.pid, "SIGCONT");
    }
    await idle(victim.id);
    writeFileSync(join(system.data, `${id}.second`), "");
    const table = await job.result({ timeoutMs: 60_000 });
    if (!isDeepStrictEqual(numbersIn(table), expected)) wrong++;
    if ((await events) !== 1) doubled++;
    late += (await job.done()).counts.late;
    executions += linesOf(`${id}.work`).length;
  }
  t.diagnostic(`${late} late answers, ${executions} executions of ${ROUNDS * CHUNKS} pieces`);
  report({
    fault: "node stopped past its lease",
    injected: ROUNDS,
    jobs: ROUNDS,
    chunks: ROUNDS * CHUNKS,
    lost: 0,
    wrong,
    doubled,
    phantom: 0,
    stuck: 0,
    // What it was at and what waited in it: two orders, each of as many pieces as a relay puts into one.
    executions: { doubled: executions - ROUNDS * CHUNKS, allowed: CHUNKS * ROUNDS },
    recoveryMs,
  });
  // A node that stood still for a minute was cut off by the server: what it says first, nobody hears.
  const heard = STOP_MS > 0 ? ROUNDS - 1 : ROUNDS;
  assert.ok(late >= heard, "what the stopped node answered was not counted as late");
});

test("a task that uses all of a processor keeps its lease", async () => {
  const log = createLog({ logLevel: "silent", logFormat: "json" });
  const bus = await connectBus({ servers: system.url, id: "beats", log });
  const job = await rtl.submit(
    {
      stages: {
        all: { tasks: [{ trace: { ledger, job: "busy" } }, { spinUntil: { file: "busy.open" } }] },
      },
    },
    { id: "busy" },
  );
  await waitUntil(() => linesOf("busy").length > 0, "it did not begin");
  // As many beats as there are in several leases, each of a node that holds the order.
  let beats = 0;
  bus.subscribe(routes.nodeBeat, { node: "*" }, ({ held }) => {
    if (held.length > 0) beats++;
  });
  await waitUntil(() => beats >= BEATS, "its node did not beat");
  writeFileSync(join(system.data, "busy.open"), "");
  const { state, counts } = await job.done({ timeoutMs: 20_000 });
  await bus.drain();
  assert.deepEqual([state, counts], ["completed", { attempts: 1, retries: 0, late: 0 }]);
  assert.equal(linesOf("busy").length, 1);
});

test("a busy stage over its run limit is ended, and every slot serves again", async () => {
  const timeout = "100ms";
  const job = await rtl.submit({
    stages: { spin: { tasks: [{ deaf: {} }], timeout } },
  });
  const { state, failure } = await job.done({ timeoutMs: 20_000 });
  assert.deepEqual([state, failure?.code], ["failed", "RTL_TASK_TIMEOUT"]);
  const crowd = await Promise.all(
    [0, 1].map((place) =>
      rtl.submit({ 0: { tasks: { crowd: { name: "after", place, count: 2 } } } }),
    ),
  );
  await Promise.all(crowd.map((one) => one.result({ timeoutMs: 20_000 })));
});
