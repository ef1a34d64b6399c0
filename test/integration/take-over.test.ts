/** Durable jobs outlive their relay: another one takes them over, and they end once and right. */
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import type { JobHandle, JobWireEvent } from "../../src/index.ts";
import { tableToJson } from "../../src/index.ts";
import { routes } from "../../src/protocol/routes.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const silent = createLog({ logLevel: "silent", logFormat: "json" });
const env = { RTL_LEASE_MS: "900ms" };
const gated = (file: string) => ({
  stages: {
    wait: { tasks: [{ gate: { file } }] },
    twice: { tasks: [{ add: { operations: [{ a: "x", b: "x", column: "y" }] } }] },
  },
});

async function untilStarted(job: JobHandle): Promise<void> {
  for await (const event of job.watch()) if (event.type === "stage.started") return;
}

async function killOwner(system: System, job: JobHandle): Promise<string> {
  const { relay } = await job.status();
  const owner = system.relays.find(({ id }) => id === relay);
  assert.ok(owner, `no relay ${relay}`);
  assert.equal(await owner.kill("SIGKILL"), "SIGKILL");
  return relay;
}

async function eventsOf(job: JobHandle): Promise<JobWireEvent[]> {
  const events: JobWireEvent[] = [];
  for await (const event of job.watch()) events.push(event);
  return events;
}

/** The job ends once, with the right table, under a relay that is not the one that was killed. */
async function assertTakenOver(job: JobHandle, killed: string): Promise<void> {
  assert.deepEqual(tableToJson(await job.result()).columns["y"]?.values, [2, 4]);
  const { relay, state } = await job.status();
  assert.equal(state, "completed");
  assert.notEqual(relay, killed);
  const events = await eventsOf(job);
  assert.equal(events.filter(({ type }) => type === "job.done").length, 1);
  const numbers = events.map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
}

test("another relay takes over the jobs of one that was killed", async (t: TestContext) => {
  const system = await startSystem(t, { relays: 2, env });
  const rtl = await system.connect();
  const job = await rtl.submit(gated("one"), { input: { x: [1, 2] } });
  await untilStarted(job);
  const killed = await killOwner(system, job);
  writeFileSync(join(system.data, "one"), "");
  await assertTakenOver(job, killed);
  // Whoever comes late finds it, too.
  assert.equal((await (await system.connect()).job(job.id).result()).rows, 2);
});

test("a relay that is started later takes over what it finds", async (t: TestContext) => {
  const system = await startSystem(t, { relays: 1, env });
  const rtl = await system.connect();
  const job = await rtl.submit(gated("two"), { input: { x: [1, 2] } });
  await untilStarted(job);
  const killed = await killOwner(system, job);
  writeFileSync(join(system.data, "two"), "");
  await system.startRelay(env);
  await assertTakenOver(job, killed);
});

test("the input of a job outlives the relay that took it in, and the node that read it", async (t: TestContext) => {
  const system = await startSystem(t, { relays: 2, env });
  const rtl = await system.connect();
  const x = Float64Array.from({ length: 20_000 }, (_, row) => row);
  const job = await rtl.submit(gated("three"), { input: { x } });
  await untilStarted(job);
  const killed = await killOwner(system, job);
  const [node] = system.nodes;
  await node?.kill("SIGKILL");
  await system.startNode({ threads: 1 }, env);
  writeFileSync(join(system.data, "three"), "");
  const result = await job.result();
  const { values } = tableToJson(result).columns["y"] ?? { values: [] };
  assert.deepEqual(
    values,
    Array.from(x, (value) => 2 * value),
  );
  assert.notEqual((await job.status()).relay, killed);
});

test("what nodes have done or have in hand is not done again", async (t: TestContext) => {
  // With the lease that users have: a node that is only slow must not count as silent here.
  const system = await startSystem(t, { relays: 2 });
  const rtl = await system.connect();
  const job = await rtl.submit(
    {
      stages: {
        // The first chunk waits at the gate while the others go on; a large table and small ones.
        load: { tasks: [{ footprint: { file: "load" } }], split: { rows: 1 } },
        sum: { tasks: [{ average: { operations: [{ a: "x", column: "mean" }] } }] },
        wait: { tasks: [{ footprint: { file: "wait" } }, { gate: { file: "four" } }] },
      },
    },
    { input: { x: [1, 2, 3, 4, 5, 6] } },
  );
  const steps = (name: string) => readdirSync(system.data).filter((file) => file.startsWith(name));
  // Both slots of the node are at the gate.
  await waitUntil(() => steps("wait.").length === 2, "the gate was not reached");
  const killed = await killOwner(system, job);
  await waitUntil(async () => (await job.status()).relay !== killed, "nobody took it over");
  writeFileSync(join(system.data, "four"), "");
  assert.deepEqual(tableToJson(await job.result()).columns["mean"]?.values, Array(6).fill(3.5));
  assert.equal(steps("load.").length, 6, "each chunk is loaded once");
  assert.equal(steps("wait.").length, 6, "each chunk waits once");
  const { counts } = await job.done();
  assert.equal(counts.retries, 0);
});

test("a cancel that no relay heard ends the job that one takes over", async (t: TestContext) => {
  const system = await startSystem(t, { relays: 1, env });
  const rtl = await system.connect();
  const job = await rtl.submit(gated("never"), { input: { x: [1, 2] } });
  await untilStarted(job);
  await killOwner(system, job);
  const bus = await connectBus({ servers: system.url, id: "ann", log: silent });
  system.server.after(() => bus.drain());
  bus.publish(routes.jobCancel, { job: job.id }, { id: job.id, by: "ann", reason: "enough" });
  await bus.flush();
  await system.startRelay(env);
  const { state, cancelled } = await job.done();
  assert.equal(state, "cancelled");
  assert.deepEqual([cancelled?.by, cancelled?.reason], ["ann", "enough"]);
});
