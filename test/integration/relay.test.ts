/** What is left when a relay is killed: of its ephemeral jobs the news, of durable ones the record. */
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { EphemeralJobs } from "../../src/dispatcher/ephemeral-jobs.ts";
import type { JobWireEvent } from "../../src/index.ts";
import { clocks } from "../../src/protocol/limits.ts";
import { failureOf } from "../support/failures.ts";
import { manualClock } from "../support/manual-clock.ts";
import { busOn } from "../support/quiet-bus.ts";
import { type Service, type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const gated = (file: string) => ({
  version: 1 as const,
  stages: [{ name: "wait", tasks: [{ footprint: { file: `ran-${file}` } }, { gate: { file } }] }],
});
const none = { 0: { tasks: { null: {} } } };
const open = (system: System, file: string) => writeFileSync(join(system.data, file), "");
const runs = (system: System, file: string) =>
  readdirSync(system.data).filter((name) => name.startsWith(`ran-${file}.`)).length;

async function until(events: AsyncIterable<JobWireEvent>, type: JobWireEvent["type"]) {
  for await (const event of events) if (event.type === type) return event;
  return assert.fail(`the events end without ${type}`);
}

/** A system of one relay, which is given back beside it. */
async function systemOf(t: TestContext): Promise<{ system: System; relay: Service }> {
  // A client whose clock stands still does not beat: relays here have patience with it.
  const system = await startSystem(t, { env: { RTL_LEASE_MS: "1m" } });
  const [relay] = system.relays;
  assert.ok(relay !== undefined);
  return { system, relay };
}

test("the client of an ephemeral job is told that the job's relay is gone", async (t) => {
  const { system, relay } = await systemOf(t);
  const clock = manualClock();
  const bus = await busOn(system.server, "watcher");
  const jobs = new EphemeralJobs(bus, clock, async () => undefined);
  system.server.after(() => jobs.close());
  const submit = { v: 1, id: "orphan", mode: "ephemeral", client: "watcher" } as const;
  const log = jobs.submit({ ...submit, spec: gated("orphan") }, undefined);
  const accepted = await until(log.read(), "job.accepted");
  assert.ok(accepted.type === "job.accepted" && accepted.relay === relay.id);
  await until(log.read(), "stage.started");

  assert.equal(await relay.kill("SIGKILL"), "SIGKILL");
  const error = failureOf(log.settled(), "RTL_NO_RELAY");
  // More than a client's patience with a relay: its first word and its lease.
  clock.advance(5_000 + clocks.leaseMs + 2 * clocks.beatMs);
  const { message, fix, at } = await error;
  assert.match(message, new RegExp(`${relay.id} fell silent`));
  assert.match(fix ?? "", /durable/);
  assert.equal(at?.job, "orphan");
  open(system, "orphan");
});

test("a client whose relay lives is not told that it is gone, however long the job", async (t) => {
  const { system } = await systemOf(t);
  const clock = manualClock();
  const bus = await busOn(system.server, "watcher");
  const jobs = new EphemeralJobs(bus, clock, async () => undefined);
  system.server.after(() => jobs.close());
  const submit = { v: 1, id: "long", mode: "ephemeral", client: "watcher" } as const;
  const log = jobs.submit({ ...submit, spec: gated("long") }, undefined);
  await until(log.read(), "job.accepted");
  // Each beat of the relay that arrives here makes the client's clock go on by its patience.
  let beats = 0;
  const listening = bus.connection.subscribe("rtl.v1.relay.*.beat", {
    callback: () => {
      beats++;
      clock.advance(5_000);
    },
  });
  await waitUntil(() => beats >= 3, "the relay does not beat");
  listening.unsubscribe();
  open(system, "long");
  assert.equal((await log.settled()).state, "completed");
});

test("a durable job outlives its relay as a record, and is not run twice", async (t) => {
  const { system, relay } = await systemOf(t);
  const client = await system.connect();
  const done = await client.submit(none, { id: "done-before" });
  await done.result();
  const job = await client.submit(gated("kept"), { id: "kept" });
  await until(job.watch(), "stage.started");
  await waitUntil(() => runs(system, "kept") === 1, "the job's task does not run");
  await relay.kill("SIGKILL");
  await failureOf(client.submit(none), "RTL_NO_RELAY");

  const next = await system.startRelay();
  const other = await system.connect();
  const status = await other.job("kept").status();
  assert.deepEqual([status.id, status.client], ["kept", client.name]);
  assert.equal((await other.job("done-before").status()).state, "completed");
  assert.equal((await other.job("done-before").result()).rows, 1);
  const ids = (await other.jobs()).map(({ id }) => id).sort();
  assert.deepEqual(ids, ["done-before", "kept"]);

  const again = await other.submit(gated("kept"), { id: "kept" });
  assert.equal(again.created, false);
  const conflict = await failureOf(other.submit(none, { id: "kept" }), "RTL_JOB_CONFLICT");
  assert.equal(conflict.at?.job, "kept");
  // What was submitted later has run, on the same node: the repeated job would have begun by now.
  const fresh = await other.submit(none, { id: "fresh" });
  await fresh.result();
  assert.equal((await fresh.status()).relay, next.id);
  assert.equal(runs(system, "kept"), 1);
  open(system, "kept");
});
