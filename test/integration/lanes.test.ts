/**
 * Lanes on a real system: short ephemeral jobs that their client hands to free slots itself. Whatever
 * goes wrong on the way, each job has one result, its own, or its own fault.
 */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { JobHandle, JobWireEvent, Rtl, Table } from "../../src/index.ts";
import { unpack } from "../../src/protocol/codec.ts";
import { clocks } from "../../src/protocol/limits.ts";
import { routes } from "../../src/protocol/routes.ts";
import { failureOf } from "../support/failures.ts";
import { lastFirst } from "../support/last-first.ts";
import { busOn } from "../support/quiet-bus.ts";
import { startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const system = await startSystem(undefined, { nodes: [{ threads: 2 }] });
const rtl = await system.connect({ name: "quick" });
const spy = await busOn(system.server, "spy");

/** Jobs of the items of every order that went over a lane, by order. */
const orders: (readonly string[])[] = [];
/** Jobs whose blocks were let go. */
const released: string[] = [];
for (const kind of ["*", "*.ahead"]) {
  spy.connection.subscribe(`rtl.v1.work.${kind}`, {
    callback: (_, { data }) => {
      const { items } = routes.work.request.parse(unpack(data));
      if (items[0]?.job !== undefined) orders.push(items.map(({ job = "" }) => job));
    },
  });
}
spy.subscribe(routes.blockRelease, { holder: "*" }, ({ job }) => void released.push(job));
await spy.flush();

/** Everything that was said on the bus before is in the lists: nodes may begin sooner than a spy hears of it. */
const heard = () => spy.flush();
async function wentOverLane(id: string): Promise<boolean> {
  await heard();
  return orders.some((jobs) => jobs.includes(id));
}
const quick = (tasks: readonly unknown[]) => ({ version: 1, stages: { only: { tasks } } });
const run = (client: Rtl, document: object, x: readonly number[] = [1]): Promise<JobHandle> =>
  client.submit(document, { mode: "ephemeral", input: { x: Float64Array.from(x) } });
const numbers = (table: Table, name = "x"): number[] => {
  const column = table.column(name);
  return column.kind === "numeric" ? Array.from(column.values, Number) : [];
};

/** Hands the document in until a job of it has gone over a lane. */
async function openLane(client: Rtl, document: object): Promise<void> {
  await waitUntil(async () => {
    const job = await run(client, document);
    await job.result();
    return await wentOverLane(job.id);
  }, "no lane opens");
}

/** A mood of the task `moody`, until the test is over or it is taken back. */
function mood(t: TestContext, name: string, what: string): () => void {
  const file = join(system.data, `${name}.${what}`);
  writeFileSync(file, "");
  const end = () => rmSync(file, { force: true });
  t.after(end);
  return end;
}

const shapeOf = (event: JobWireEvent) => {
  switch (event.type) {
    case "stage.completed":
    case "job.done": {
      const reports = event.type === "job.done" ? event.stages : [event.report];
      return reports.map(({ stage, chunks, rows, tasks, nodes }) => ({
        ...{ type: event.type, stage, chunks, rows, nodes },
        tasks: tasks.map(({ task, runs, lines }) => ({ task, runs, lines })),
      }));
    }
    case "stage.started":
      return event.stage;
    default:
      return event.type;
  }
};

test("a lane tells of a job what a relay would have told", async () => {
  const document = {
    version: 1,
    stages: {
      keep: { tasks: [{ where: { expression: "x > 1" } }] },
      more: { tasks: ["null", { moody: { name: "tells" } }] },
    },
  };
  const events = async (job: JobHandle) => {
    const all: unknown[] = [];
    for await (const event of job.watch()) {
      // Of a job that lives on for a tick it is also told who has it, and how far it is.
      if (!["job.accepted", "job.progress"].includes(event.type)) all.push(shapeOf(event));
    }
    return all;
  };
  const relayed = await run(await system.connect({ lanes: false }), document, [1, 2, 3]);
  const told = await events(relayed);
  assert.equal(await wentOverLane(relayed.id), false);
  await openLane(rtl, document);
  const laned = await run(rtl, document, [1, 2, 3]);
  assert.deepEqual(await events(laned), told);
  assert.deepEqual(numbers(await laned.result()), [2, 3]);
  assert.ok(await wentOverLane(laned.id));
});

test("of hundreds of jobs at once each gets its own result and its own lines", async () => {
  const document = quick([{ moody: { name: "crowd" } }]);
  await openLane(rtl, document);
  const before = orders.length;
  const jobs = await Promise.all(
    Array.from({ length: 300 }, (_, n) =>
      run(
        rtl,
        document,
        Array.from({ length: 1 + (n % 5) }, (_, i) => 1_000 * n + i),
      ),
    ),
  );
  for (const [n, job] of jobs.entries()) {
    const rows = 1 + (n % 5);
    const wanted = Array.from({ length: rows }, (_, i) => 1_000 * n + i);
    assert.deepEqual(numbers(await job.result()), wanted);
    const { stages, rows: told } = await job.done();
    assert.equal(told, rows);
    assert.deepEqual(stages[0]?.tasks[0]?.lines, [`saw ${rows} rows`]);
  }
  const laned = orders.slice(before).flat();
  assert.ok(laned.length > 150, `only ${laned.length} of 300 jobs went over the lane`);
  assert.equal(new Set(laned).size, laned.length, "a job went over the lane twice");
  await heard();
  assert.ok(orders.length - before < laned.length, "no order had two jobs");
});

test("a job that fails alone fails, with its own name, and not those beside it", async () => {
  const document = quick([{ select: { columns: ["y"] } }]);
  const good = () => rtl.submit(document, { mode: "ephemeral", input: { y: Float64Array.of(1) } });
  await waitUntil(async () => {
    const job = await good();
    await job.result();
    return await wentOverLane(job.id);
  }, "no lane opens");
  const all = [
    ...Array.from({ length: 6 }, good),
    run(rtl, document),
    ...Array.from({ length: 6 }, good),
  ];
  const jobs = await Promise.all(all);
  const [bad] = jobs.splice(6, 1);
  assert.ok(bad !== undefined);
  const { at } = await failureOf(bad.result(), "RTL_COLUMN_UNKNOWN");
  assert.deepEqual([at?.job, at?.stage, at?.task], [bad.id, "only", "select"]);
  for (const job of jobs) assert.equal((await job.result()).rows, 1);
  assert.ok(await wentOverLane(bad.id));
});

test("where no slot is free the jobs go to a relay, and none is lost", async (t) => {
  const document = quick([{ moody: { name: "full" } }]);
  await openLane(rtl, document);
  const go = mood(t, "stuck", "waits");
  const stuck = await Promise.all(
    Array.from({ length: 8 }, () => run(rtl, quick([{ moody: { name: "stuck" } }]))),
  );
  await began("stuck");
  const jobs = await Promise.all(Array.from({ length: 20 }, (_, n) => run(rtl, document, [n])));
  go();
  for (const [n, job] of jobs.entries()) assert.deepEqual(numbers(await job.result()), [n]);
  for (const job of stuck) await job.result();
});

test("a thread that ends with its jobs costs none of them its result", async (t) => {
  const document = quick([{ moody: { name: "dies" } }]);
  await openLane(rtl, document);
  mood(t, "dies", "exits");
  const jobs = await Promise.all(Array.from({ length: 10 }, (_, n) => run(rtl, document, [n])));
  for (const [n, job] of jobs.entries()) assert.deepEqual(numbers(await job.result()), [n]);
  assert.ok((await Promise.all(jobs.map(({ id }) => wentOverLane(id)))).includes(true));
});

test("one of many is cancelled, and the others have their results", async (t) => {
  const document = quick([{ moody: { name: "cancelled" } }]);
  await openLane(rtl, document);
  const go = mood(t, "cancelled", "waits");
  const jobs = await Promise.all(Array.from({ length: 5 }, (_, n) => run(rtl, document, [n])));
  await began("cancelled");
  const [first, ...others] = jobs;
  assert.ok(first !== undefined && (await wentOverLane(first.id)));
  assert.equal((await first.status()).state, "running");
  await first.cancel({ reason: "enough" });
  const { message } = await failureOf(first.result(), "RTL_JOB_CANCELLED");
  assert.match(message, /cancelled by quick: enough/);
  go();
  for (const [n, job] of others.entries()) assert.deepEqual(numbers(await job.result()), [n + 1]);
});

test("results that lie in blocks are read, and let go once all of them are", async () => {
  const document = quick([{ inflate: { rows: 20_000 } }]);
  await openLane(rtl, document);
  const before = orders.length;
  const jobs = await Promise.all(Array.from({ length: 6 }, () => run(rtl, document)));
  for (const job of jobs) assert.equal((await job.result()).rows, 20_000);
  await heard();
  assert.ok(orders.length > before);
  const laneJobs = () => released.filter((job) => job.startsWith("lane-")).length;
  await waitUntil(() => laneJobs() >= 1, "the blocks of a lane are not let go");
});

test("a node that dies with them costs none of the jobs its result", async (t) => {
  const scope = lastFirst(t);
  const own = await startSystem(scope, { nodes: [{ threads: 1, id: "frail" }] });
  const client = await own.connect();
  const seen: string[] = [];
  const watcher = await busOn(own.server, "watcher");
  watcher.connection.subscribe("rtl.v1.work.*", {
    callback: (_, { data }) => {
      const { items } = routes.work.request.parse(unpack(data));
      for (const { job } of items) if (job !== undefined) seen.push(job);
    },
  });
  await watcher.flush();
  const document = quick([{ moody: { name: "frail" } }]);
  await waitUntil(async () => {
    const job = await run(client, document);
    await job.result();
    return seen.includes(job.id);
  }, "no lane opens");
  const waits = join(own.data, "frail.waits");
  writeFileSync(waits, "");
  const jobs = await Promise.all(Array.from({ length: 4 }, (_, n) => run(client, document, [n])));
  await waitUntil(() => seen.includes(jobs[0]?.id ?? ""), "the jobs do not go over the lane");
  await own.nodes[0]?.kill("SIGKILL");
  rmSync(waits);
  await own.startNode({ threads: 1, id: "strong" });
  for (const [n, job] of jobs.entries()) assert.deepEqual(numbers(await job.result()), [n]);
});

test("a client that closes ends what it has on a lane", async (t) => {
  const client = await system.connect({ name: "leaver" });
  const document = quick([{ moody: { name: "leaver" } }]);
  await openLane(client, document);
  mood(t, "leaver", "waits");
  const job = await run(client, document);
  await began("leaver");
  const closed = failureOf(job.result(), "RTL_JOB_CANCELLED");
  await client.close();
  await closed;
  // Its slot is free again: both are there for two that wait for each other.
  const meet = (own: string, other: string) =>
    rtl.submit(quick([{ meet: { own: `${own}.meets`, other: `${other}.meets` } }]));
  const pair = await Promise.all([meet("one", "two"), meet("two", "one")]);
  for (const each of pair) await each.result();
});

test("a lane is refused where a relay has to see to the job, and the answer says why", async () => {
  const ask = async (spec: object) => {
    const question = { spec, client: "asker" };
    return spy.request(routes.laneOpen, {}, question, { timeoutMs: clocks.answerMs });
  };
  const stage = { tasks: ["null"] };
  const cases: readonly (readonly [object, RegExp])[] = [
    [quick([{ open: { file: "demo/jobs.csv" } }]), /more than one piece/],
    [
      { version: 1, stages: { a: stage, b: { needs: ["a"], split: { rows: 1 }, ...stage } } },
      /more than one/,
    ],
    [{ version: 1, stages: { a: { ...stage, cache: true } } }, /cached/],
    [{ version: 1, deadline: "10s", stages: { a: stage } }, /deadline/],
    [{ version: 1, stages: { a: { ...stage, where: { node: system.nodes[0]?.id } } } }, /node/],
    [quick([{ linger: { ms: 1 } }, "null", "null"]), /not been measured/],
  ];
  for (const [spec, why] of cases) {
    const answer = await ask(spec);
    assert.equal(answer.lane, undefined, JSON.stringify(spec));
    assert.match(answer.why, why, JSON.stringify(spec));
  }
  await (await run(rtl, quick([{ linger: { ms: 40 } }]))).result();
  assert.match((await ask(quick([{ linger: { ms: 40 } }]))).why, /takes [\d.]+ ms, more than/);
  await failureOf(ask(quick(["nope"])), "RTL_JOB_INVALID");
});

async function began(name: string): Promise<void> {
  await waitUntil(() => existsSync(join(system.data, `${name}.began`)), `${name} does not begin`);
}
