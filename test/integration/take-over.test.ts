/** Durable jobs outlive their relay: another one takes them over, and they end once and right. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { JobHandle, JobWireEvent } from "../../src/index.ts";
import { tableToJson } from "../../src/index.ts";
import { failureOf } from "../support/failures.ts";
import { type System, startSystem } from "../support/system.ts";

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

test("a job whose input went with its relay fails and says so", async (t: TestContext) => {
  const system = await startSystem(t, { relays: 2, env });
  const rtl = await system.connect();
  const input = { x: Float64Array.from({ length: 20_000 }, (_, row) => row) };
  const job = await rtl.submit(gated("three"), { input });
  await untilStarted(job);
  await killOwner(system, job);
  // The node has read the input, and would have it still.
  const [node] = system.nodes;
  await node?.kill("SIGKILL");
  await system.startNode({ threads: 1 }, env);
  const { fix } = await failureOf(job.result(), "RTL_INPUT_LOST");
  assert.match(fix ?? "", /run the job again/);
});
