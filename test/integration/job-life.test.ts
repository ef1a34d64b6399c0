/**
 * The life of a job from its submit to its end, on a real system with two relays: ids, events, waiting,
 * cancelling, limits of time, attempts. What jobs compute is another file's subject.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import type { JobDone, JobHandle, JobWireEvent } from "../../src/index.ts";
import { routes } from "../../src/protocol/routes.ts";
import { failureOf } from "../support/failures.ts";
import { startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const system = await startSystem(undefined, { relays: 2, nodes: [{ threads: 3 }] });
const rtl = await system.connect();
const other = await system.connect();

const none = { 0: { tasks: { null: {} } } };
/** A job that runs until the test opens its gate. */
const gated = (file: string) => ({ stages: { wait: { tasks: [{ gate: { file } }] } } });
const open = (file: string) => writeFileSync(join(system.data, file), "");
const started = async (job: JobHandle): Promise<void> => {
  for await (const event of job.watch()) if (event.type === "stage.started") return;
};
const all = async (events: AsyncIterable<JobWireEvent>): Promise<JobWireEvent[]> => {
  const found: JobWireEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
};

test("the same document under the same id is the same job, with the same result", async () => {
  const input = { x: [1, 2] };
  const first = await rtl.submit(none, { id: "twice", input });
  const table = await first.result();
  const second = await other.submit(none, { id: "twice", input });
  assert.deepEqual([first.created, second.created], [true, false]);
  assert.deepEqual((await second.result()).names, table.names);
  assert.equal((await second.result()).rows, 2);
});

test("a repeated submit takes nothing from the job that runs already", async () => {
  const input = { x: Float64Array.from({ length: 20_000 }, (_, row) => row) };
  const document = {
    stages: {
      wait: { tasks: [{ gate: { file: "repeat" } }] },
      read: { tasks: [{ average: { operations: [{ a: "x", column: "mean" }] } }] },
    },
  };
  const job = await rtl.submit(document, { id: "repeated", input });
  await started(job);
  for (let again = 0; again < 6; again++) {
    assert.equal((await other.submit(document, { id: "repeated", input })).created, false);
  }
  open("repeat");
  assert.equal((await job.result()).rows, 20_000);
  for (let again = 0; again < 6; again++) await rtl.submit(document, { id: "repeated", input });
  assert.equal((await other.job("repeated").result()).rows, 20_000);
});

test("two ephemeral jobs of one id do not mix: one runs, or both do, each to its own end", async () => {
  const jobs = await Promise.all(
    [rtl, other].map((client) =>
      client.submit(gated("same-id"), { id: "same", mode: "ephemeral" }),
    ),
  );
  open("same-id");
  const ends = await Promise.allSettled(jobs.map((job) => job.result({ timeoutMs: 10_000 })));
  assert.ok(ends.some(({ status }) => status === "fulfilled"));
  for (const end of ends) {
    if (end.status === "rejected") assert.equal(end.reason.code, "RTL_JOB_CONFLICT");
  }
});

test("submits of one id at once make one job", async () => {
  const clients = [rtl, other, rtl, other];
  const jobs = await Promise.all(clients.map((client) => client.submit(none, { id: "at-once" })));
  assert.equal(jobs.filter((job) => job.created).length, 1);
  const results = await Promise.all(jobs.map((job) => job.result()));
  assert.deepEqual(
    results.map((table) => table.rows),
    [1, 1, 1, 1],
  );
});

test("another document under a known id is a conflict", async () => {
  await (await rtl.submit(none, { id: "taken" })).result();
  const document = { 0: { tasks: { null: {} } }, 1: { tasks: { null: {} } } };
  const error = await failureOf(rtl.submit(document, { id: "taken" }), "RTL_JOB_CONFLICT");
  assert.match(error.message, /taken/);
  assert.ok(error.fix);
});

test("another client finds a job by its id, with its state, its result and its end", async () => {
  const job = await rtl.submit(gated("found"), { id: "found-later", input: { x: [1, 2, 3] } });
  const found = other.job("found-later");
  assert.equal((await found.status()).state, "running");
  assert.ok((await other.jobs({ state: "running" })).some(({ id }) => id === "found-later"));
  open("found");
  assert.equal((await found.done()).state, "completed");
  assert.equal((await found.result()).rows, 3);
  const summary = await other.job("found-later").status();
  assert.deepEqual([summary.state, summary.rows, summary.client], ["completed", 3, rtl.name]);
  const listed = await other.jobs();
  assert.ok(listed.some(({ id, state }) => id === "found-later" && state === "completed"));
  assert.ok(
    listed.every((one, at) => at === 0 || one.submittedAt <= (listed[at - 1]?.submittedAt ?? 0)),
  );
  await job.result();
});

test("an unknown id is said to be unknown", async () => {
  const job = rtl.job("nobody-knows-me");
  for (const ask of ["status", "done", "result", "cancel"] as const) {
    const error = await failureOf(job[ask](), "RTL_JOB_UNKNOWN");
    assert.match(error.fix ?? "", /rtl job ls/);
  }
});

test("the events of a job are numbered without gaps and end with its end", async () => {
  const document = {
    stages: { one: { tasks: ["null"] }, two: { tasks: [{ average: { operations: [] } }] } },
  };
  const job = await rtl.submit(document, { input: { x: [1] } });
  const events = await all(job.watch());
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, at) => at + 1),
  );
  assert.equal(events[0]?.type, "job.accepted");
  assert.equal(events.at(-1)?.type, "job.done");
  for (const stage of ["one", "two"]) {
    assert.ok(events.some((event) => event.type === "stage.started" && event.stage === stage));
    assert.ok(
      events.some((event) => event.type === "stage.completed" && event.report.stage === stage),
    );
  }
});

test("a watch resumes after any event, and begins late as well as early", async () => {
  const job = await rtl.submit(none, { id: "watched" });
  const early = await all(job.watch());
  const late = await all(other.job("watched").watch());
  assert.deepEqual(late, early);
  const resumed = await all(other.job("watched").watch({ after: 2 }));
  assert.deepEqual(resumed, early.slice(2));
});

test("waiting ends with its time or its signal, and the job runs on", async () => {
  const job = await rtl.submit(gated("patience"));
  await started(job);
  const error = await failureOf(job.result({ timeoutMs: 5 }), "RTL_WAIT_TIMEOUT");
  assert.match(error.fix ?? "", /rtl job watch/);
  const impatience = new AbortController();
  const waiting = job.done({ signal: impatience.signal });
  impatience.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  open("patience");
  assert.equal((await job.result()).rows, 1);
});

for (const mode of ["durable", "ephemeral"] as const) {
  test(`a running job that is ${mode} is cancelled, and says by whom and why`, async () => {
    const job = await rtl.submit(gated("never"), { mode });
    await started(job);
    await job.cancel({ reason: "no longer wanted", by: "a test" });
    const done = await job.done();
    assert.equal(done.state, "cancelled");
    const { by, reason } = done.cancelled ?? {};
    assert.deepEqual([by, reason], ["a test", "no longer wanted"]);
    const error = await failureOf(job.result(), "RTL_JOB_CANCELLED");
    assert.match(error.message, /a test: no longer wanted/);
  });
}

test("a job that is cancelled twice is cancelled once, and stays so", async () => {
  const job = await rtl.submit(gated("never"));
  await started(job);
  await Promise.all([
    job.cancel({ reason: "first" }),
    other.job(job.id).cancel({ reason: "second" }),
  ]);
  const done = await job.done();
  assert.equal(done.state, "cancelled");
  assert.equal((await job.cancel({ reason: "third" })).state, "cancelled");
  assert.deepEqual((await rtl.job(job.id).status()).cancelled, done.cancelled);
});

test("a cancelled busy loop is ended, and its slot serves the next job", async () => {
  for (let round = 0; round < 3; round++) {
    const file = `deaf-${round}`;
    const job = await rtl.submit({ 0: { tasks: { deaf: { file } } } });
    await started(job);
    await job.cancel({ graceMs: 0 });
    assert.equal((await job.done()).state, "cancelled");
  }
  // All three slots at once.
  const meetings = ["a", "b"].map((own, at) =>
    rtl.submit({ 0: { tasks: { meet: { own: `after-${own}`, other: `after-${"ba"[at]}` } } } }),
  );
  await Promise.all((await Promise.all(meetings)).map((job) => job.result()));
});

test("a job that waits for a slot is cancelled without ever running", async () => {
  const holders = await Promise.all([0, 1, 2, 3, 4, 5].map(() => rtl.submit(gated("full"))));
  await Promise.all(holders.slice(0, 3).map(started));
  const queued = await other.submit({ 0: { tasks: { stumble: { file: "queued", times: 0 } } } });
  await queued.cancel({ reason: "in the queue" });
  const done = await queued.done();
  assert.deepEqual([done.state, done.stages[0]?.nodes], ["cancelled", {}]);
  open("full");
  await Promise.all(holders.map((job) => job.result()));
});

test("a bare message on the job's own subject cancels it", async () => {
  const job = await rtl.submit(gated("never"));
  await started(job);
  const log = createLog({ logLevel: "error", logFormat: "json" });
  const bus = await connectBus({ servers: system.url, id: "bare", log });
  bus.connection.publish(`rtl.v1.job.${job.id}.cancel`, JSON.stringify({ id: job.id }));
  assert.equal((await job.done()).state, "cancelled");
  bus.publish(routes.jobCancel, { job: job.id }, { id: job.id });
  await bus.drain();
});

test("work done on behalf of a job is cancelled together with it", async () => {
  const parent = await rtl.submit(gated("never"), { mode: "ephemeral" });
  await started(parent);
  const child = await rtl.submit(gated("never"), { origin: parent.id });
  await started(child);
  await parent.cancel();
  assert.equal((await child.done()).state, "cancelled");
});

test("a run limit ends even a busy loop, and the failure says what ran too long", async () => {
  const document = {
    stages: { spin: { tasks: [{ deaf: {} }], timeout: "100ms", retry: { attempts: 1 } } },
  };
  const error = await failureOf((await rtl.submit(document)).result(), "RTL_TASK_TIMEOUT");
  assert.match(error.message, /deaf/);
  assert.deepEqual([error.at?.stage, error.at?.task], ["spin", "deaf"]);
});

test("a deadline ends a job that takes longer", async () => {
  const document = { deadline: "200ms", ...gated("never") };
  await failureOf((await rtl.submit(document)).result(), "RTL_DEADLINE_PASSED");
});

test("a task that asks for another try gets it, and the attempts are counted", async () => {
  const document = {
    stages: {
      all: {
        tasks: [{ stumble: { file: "tries", times: 2 } }],
        retry: { attempts: 3, backoff: "1ms" },
      },
    },
  };
  const job = await rtl.submit(document);
  await job.result();
  const { counts } = await job.done();
  assert.deepEqual([counts.attempts, counts.retries], [3, 2]);
});

test("a task that fails for good says where, at which attempt, and on which node", async () => {
  const document = {
    stages: {
      all: {
        tasks: [{ stumble: { file: "fails", times: 9 } }],
        retry: { attempts: 2, backoff: "1ms" },
      },
    },
  };
  const error = await failureOf((await rtl.submit(document)).result(), "RTL_TASK_FAILED");
  assert.match(error.message, /stumbled 2 times/);
  assert.deepEqual(
    { ...error.at, job: undefined },
    { job: undefined, stage: "all", task: "stumble", chunk: 0, node: "node-1", attempt: 2 },
  );
});

test("two relays share the jobs", async () => {
  const jobs = await Promise.all(Array.from({ length: 40 }, () => rtl.submit(none)));
  await Promise.all(jobs.map((job) => job.result()));
  const relays = await Promise.all(jobs.map(async (job) => (await job.status()).relay));
  assert.deepEqual([...new Set(relays)].sort(), ["relay-1", "relay-2"]);
});

test("dispatchers of one group share the settled jobs, each of which comes once", async () => {
  const heard: [string, JobDone][] = [];
  for (const [name, client] of [
    ["one", rtl],
    ["two", other],
  ] as const) {
    const group = client.onResult("readers", (done) => void heard.push([name, done]));
    system.server.after(() => group.stop());
    await client.tasks();
  }
  const jobs = await Promise.all(
    Array.from({ length: 30 }, () => rtl.submit(none, { group: "readers" })),
  );
  await waitUntil(() => heard.length >= jobs.length, "not every result came");
  assert.deepEqual(heard.map(([, done]) => done.job).sort(), jobs.map(({ id }) => id).sort());
  assert.deepEqual([...new Set(heard.map(([name]) => name))].sort(), ["one", "two"]);
});

test("an ephemeral job ends with its client", async () => {
  const client = await system.connect();
  const job = await client.submit(gated("never"), { mode: "ephemeral" });
  await started(job);
  const waiting = failureOf(job.result(), "RTL_JOB_CANCELLED");
  await client.close();
  await waiting;
  await waitUntil(async () => (await rtl.nodes()).relays.length > 0, "the relays are gone");
  system.assertAlive();
});
