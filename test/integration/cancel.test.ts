/**
 * Cancelling on a real system with two relays: who, when and why are told everywhere, a bare message is
 * enough, and what was submitted on behalf of a job ends with it, however deep.
 */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import type { JobDone, JobHandle, Rtl } from "../../src/index.ts";
import { failureOf } from "../support/failures.ts";
import { startSystem, testTasks } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const system = await startSystem(undefined, {
  relays: 2,
  nodes: [{ threads: 4, tasks: testTasks }],
});
const rtl = await system.connect();
const other = await system.connect();
const log = createLog({ logLevel: "silent", logFormat: "json" });

let begun = 0;
/** A job that runs until it is cancelled; resolves when its task has begun. */
async function running(client: Rtl, more: Parameters<Rtl["submit"]>[1] = {}): Promise<JobHandle> {
  const file = `begun-${begun++}`;
  const job = await client.submit(
    { 0: { tasks: { asksWhy: { file, answer: `${file}.why` } } } },
    more,
  );
  await waitUntil(() => existsSync(join(system.data, file)), `${file} did not begin`);
  return job;
}
const cancelledOf = (done: Pick<JobDone, "cancelled">) => {
  const { by, reason, at } = done.cancelled ?? { by: "", reason: "", at: 0 };
  assert.ok(at !== undefined && at > 0, "when is not told");
  return { by, reason };
};

test("who cancelled a job, when and why is in its last event, its record and the list", async () => {
  const job = await running(rtl);
  await other.job(job.id).cancel({ by: "ada", reason: "wrong input" });
  const done = await job.done();
  assert.equal(done.state, "cancelled");
  assert.deepEqual(cancelledOf(done), { by: "ada", reason: "wrong input" });
  for (const summary of [
    await rtl.job(job.id).status(),
    (await other.jobs({ state: "cancelled" })).find(({ id }) => id === job.id),
  ]) {
    assert.equal(summary?.state, "cancelled");
    assert.deepEqual(summary?.cancelled, done.cancelled);
    assert.ok((summary?.settledAt ?? 0) >= (summary?.submittedAt ?? 1));
  }
});

for (const [what, body, expected] of [
  ["an empty message", "", { by: "someone on the bus", reason: "" }],
  ["an empty object", "{}", { by: "someone on the bus", reason: "" }],
  ["a message in JSON", '{"by":"cron","reason":"night"}', { by: "cron", reason: "night" }],
  ["a message that names another job", '{"id":"else"}', { by: "someone on the bus", reason: "" }],
] as const) {
  for (const mode of ["durable", "ephemeral"] as const) {
    test(`${what} on the own subject of a job that is ${mode} cancels it`, async () => {
      const bus = await connectBus({ servers: system.url, id: "bare", log });
      const job = await running(rtl, { mode });
      bus.connection.publish(`rtl.v1.job.${job.id}.cancel`, body);
      const done = await job.done();
      assert.equal(done.state, "cancelled");
      assert.deepEqual(cancelledOf(done), expected);
      await bus.drain();
    });
  }
}

test("what is no message cancels nothing, and harms nobody", async () => {
  const bus = await connectBus({ servers: system.url, id: "bare", log });
  const job = await running(rtl);
  for (const body of ["stop it", '{"graceMs":-1}', '{"by":7}', "{"]) {
    bus.connection.publish(`rtl.v1.job.${job.id}.cancel`, body);
  }
  bus.connection.publish("rtl.v1.job.nobody.cancel", "");
  await bus.flush();
  assert.equal((await job.status()).state, "running");
  await job.cancel();
  assert.equal((await job.done()).state, "cancelled");
  await bus.drain();
  system.assertAlive();
});

test("an id that was cancelled, also before anyone had it, serves an ephemeral job at once", async () => {
  const bus = await connectBus({ servers: system.url, id: "bare", log });
  bus.connection.publish("rtl.v1.job.again.cancel", "");
  await bus.drain();
  for (let round = 0; round < 3; round++) {
    const job = await running(rtl, { id: "again", mode: "ephemeral" });
    await job.cancel({ graceMs: 0 });
    assert.equal((await job.done()).state, "cancelled");
    const next = await rtl.submit(
      { 0: { tasks: { echo: {} } } },
      { id: "again", mode: "ephemeral" },
    );
    assert.equal((await next.result()).rows, 1);
  }
});

test("an empty question is answered, in JSON", async () => {
  const bus = await connectBus({ servers: system.url, id: "asks", log });
  const { data } = await bus.connection.request("rtl.v1.node.list", "", { timeout: 5_000 });
  const answer = JSON.parse(new TextDecoder().decode(data)) as { nodes: unknown[] };
  assert.equal(answer.nodes.length, 1);
  await bus.drain();
});

test("a job that is over stays what it was, however it is cancelled", async () => {
  const job = await rtl.submit({ 0: { tasks: { echo: {} } } });
  await job.result();
  const before = await job.status();
  assert.equal((await other.job(job.id).cancel({ reason: "late" })).state, "completed");
  const bus = await connectBus({ servers: system.url, id: "bare", log });
  bus.connection.publish(`rtl.v1.job.${job.id}.cancel`, "");
  await bus.drain();
  assert.deepEqual(await job.status(), before);
  assert.equal((await job.result()).rows, 1);
  await failureOf(rtl.job("nobody-knows").cancel(), "RTL_JOB_UNKNOWN");
});

test("nothing is taken in on behalf of a job that was cancelled, while it ends or later", async () => {
  const origin = await running(rtl);
  await origin.cancel();
  const late = () => other.submit({ 0: { tasks: { echo: {} } } }, { origin: origin.id });
  await failureOf(late(), "RTL_JOB_CANCELLED");
  await origin.done();
  await failureOf(late(), "RTL_JOB_CANCELLED");
  const job = await other.submit({ 0: { tasks: { echo: {} } } }, { origin: "nobody-knows" });
  assert.equal((await job.result()).rows, 1);
});

/** A job on behalf of another, owned by the other relay. */
async function childOf(parent: JobHandle, client: Rtl): Promise<JobHandle> {
  const { relay } = await parent.status();
  // Which relay takes a job is chance; those of the wrong one are ended at once.
  for (;;) {
    const child = await running(client, { origin: parent.id });
    if ((await child.status()).relay !== relay) return child;
    await child.cancel({ graceMs: 0 });
    await child.done();
  }
}

for (const end of ["request", "message", "its own end"] as const) {
  test(`jobs on behalf of a job end with it, three deep and across relays: by ${end}`, async () => {
    const file = `ends-${end.replaceAll(" ", "-")}`;
    const first =
      end === "its own end"
        ? await rtl.submit(
            {
              stages: { all: { tasks: [{ gate: { file } }, { picky: { bad: 0 } }] } },
            },
            { input: { x: Float64Array.of(0) } },
          )
        : await running(rtl);
    const second = await childOf(first, other);
    const third = await childOf(second, rtl);
    const bystander = await running(other);
    if (end === "request") await other.job(first.id).cancel({ reason: "enough" });
    else if (end === "message") {
      const bus = await connectBus({ servers: system.url, id: "bare", log });
      bus.connection.publish(`rtl.v1.job.${first.id}.cancel`, "");
      await bus.drain();
    } else {
      // It fails by itself.
      writeFileSync(join(system.data, file), "");
    }
    const ends = await Promise.all(
      [first, second, third].map((job) => job.done({ timeoutMs: 20_000 })),
    );
    const [own, ...others] = ends.map(({ state }) => state);
    assert.equal(own, end === "its own end" ? "failed" : "cancelled");
    assert.deepEqual(others, ["cancelled", "cancelled"]);
    assert.equal(ends[1]?.cancelled?.by, `job ${first.id}`);
    assert.equal(ends[2]?.cancelled?.by, `job ${second.id}`);
    assert.equal((await bystander.status()).state, "running");
    await bystander.cancel();
    await bystander.done();
  });
}
