/** The cache on a real server: compare-and-set, round trips, events from the past on, bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buckets, eventStream } from "../../../src/cache/bounds.ts";
import { Cache } from "../../../src/cache/cache.ts";
import { Cancels } from "../../../src/cache/cancels.ts";
import type { JobWireEvent, Result } from "../../../src/protocol/messages.ts";
import { routes } from "../../../src/protocol/routes.ts";
import { failureOf } from "../../support/failures.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { inlineRef, tableOf } from "../../support/orders.ts";
import { busOn } from "../../support/quiet-bus.ts";
import { recordOf } from "../../support/records.ts";

const server = await withNatsServer();
const bus = await busOn(server, "one");
const cache = await Cache.open(bus);
const other = await Cache.open(await busOn(server, "other"));

const none = (id: string) => assert.fail(`the record of ${id} could not be read`);
async function idsIn(from: Cache): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of from.jobs(none)) ids.push(id);
  return ids.sort();
}

/** The result of a job whose output is one inline table. */
function resultOf(...x: readonly number[]): Result {
  const table = inlineRef(tableOf(...x));
  return { rows: x.length, tables: [table], slices: [[0, 0, x.length]] };
}

const stageStarted = (job: string, seq: number): JobWireEvent => {
  const time = "2020-01-01T00:00:00.000Z";
  return { v: 1, seq, time, job, type: "stage.started", stage: `stage-${seq}` };
};
const publish = (job: string, seq: number) =>
  bus.publish(routes.jobEvent, { job }, stageStarted(job, seq));

test("there are no jobs before there are some, then all of them are told", async () => {
  assert.deepEqual(await idsIn(cache), []);
  const ids = Array.from({ length: 50 }, (_, at) => `listed-${at}`);
  await Promise.all(ids.map((id) => cache.createJob(recordOf(id))));
  assert.deepEqual(await idsIn(other), ids.sort());
});

test("a job is created once, whoever comes second", async () => {
  const first = recordOf("once");
  const revision = await cache.createJob(first);
  assert.equal(typeof revision, "number");
  assert.equal(await other.createJob(recordOf("once", { relay: "relay-2" })), undefined);
  const found = await other.getJob("once");
  assert.deepEqual([found?.value, found?.revision], [first, revision]);
  assert.ok(found !== undefined && found.storedAt > 0);
});

test("of many who create one job at once, one does", async () => {
  const caches = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? cache : other));
  const made = await Promise.all(caches.map((one) => one.createJob(recordOf("race"))));
  assert.equal(made.filter((revision) => revision !== undefined).length, 1);
});

test("a job is updated by whoever knows its newest revision, and by nobody else", async () => {
  const stale = await cache.createJob(recordOf("changing"));
  assert.ok(stale !== undefined);
  const failed = recordOf("changing", { state: "failed" });
  const newer = await other.updateJob(failed, stale);
  assert.ok(newer !== undefined && newer > stale);
  assert.equal(await cache.updateJob(recordOf("changing"), stale), undefined);
  const found = await cache.getJob("changing");
  assert.deepEqual([found?.value, found?.revision], [failed, newer]);
});

test("a record comes back with all that was put in, bytes of tables among it", async () => {
  const whole = recordOf("whole", {
    name: "a name",
    labels: { team: "ours" },
    rows: 2 ** 40,
    input: inlineRef(tableOf(1, 2, 3)),
    failure: { code: "RTL_TASK_FAILED", message: "no luck", at: { chunk: 3 } },
  });
  await cache.createJob(whole);
  // A clone holds plain bytes, where what came off the bus holds a Buffer.
  assert.deepEqual(structuredClone((await other.getJob("whole"))?.value), structuredClone(whole));
});

test("what is not there is undefined", async () => {
  assert.equal(await cache.getJob("nobody"), undefined);
  assert.equal(await cache.getSchema("nobody"), undefined);
  assert.equal(await cache.getResult("nobody", 0), undefined);
});

test("a record that cannot be read is told by its id and spoils no other", async () => {
  const kv = await bus.connection.jetstream().views.kv(buckets.jobs.name);
  await kv.put("scribble", "not a record");
  const unreadable: string[] = [];
  const read: string[] = [];
  for await (const { id } of cache.jobs((id) => unreadable.push(id))) read.push(id);
  assert.deepEqual(unreadable, ["scribble"]);
  assert.ok(read.includes("listed-0"));
  assert.ok(!read.includes("scribble"));
  await kv.purge("scribble");
});

test("schemas and results come back as they were put", async () => {
  const schema = { tasks: { add: { operations: [{ a: "x", b: 1, column: "y" }] } } };
  await cache.putSchema("envelope-1", schema);
  assert.deepEqual(await other.getSchema("envelope-1"), schema);
  const result = resultOf(1, 2, 3);
  await cache.putResult("job-1", 0, result);
  assert.deepEqual(structuredClone(await other.getResult("job-1", 0)), structuredClone(result));
});

async function past(from: Cache, job: string): Promise<JobWireEvent[]> {
  const events: JobWireEvent[] = [];
  for await (const event of from.pastEvents(job)) events.push(event);
  return events;
}

const eventConsumers = async (): Promise<number> => {
  const { streams } = await bus.connection.jetstreamManager();
  return (await streams.info(eventStream.name)).state.consumer_count;
};

test("events of the past are told from the first on, of one job only", async () => {
  publish("heard", 1);
  publish("foreign", 7);
  publish("heard", 2);
  await bus.flush();
  const two = [1, 2].map((seq) => stageStarted("heard", seq));
  assert.deepEqual(await past(other, "heard"), two);
  assert.deepEqual(await past(cache, "silent"), []);
});

test("any number of events is told in order, and reading them leaves no consumer behind", async () => {
  const before = await eventConsumers();
  for (let seq = 1; seq <= 1_200; seq++) publish("long", seq);
  await bus.flush();
  const numbers = (await past(other, "long")).map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    Array.from({ length: 1_200 }, (_, at) => at + 1),
  );
  assert.equal(await eventConsumers(), before);
});

test("ids that are no tokens are refused and reach no other key", async () => {
  for (const id of ["", "a.b", "*", ">", "a b", "job/1", "ä", "x".repeat(65)]) {
    await failureOf(cache.getJob(id), "RTL_MESSAGE_INVALID");
    await failureOf(cache.createJob(recordOf(id)), "RTL_MESSAGE_INVALID");
    await failureOf(cache.updateJob(recordOf(id), 1), "RTL_MESSAGE_INVALID");
    await failureOf(cache.putSchema(id, {}), "RTL_MESSAGE_INVALID");
    await failureOf(cache.getSchema(id), "RTL_MESSAGE_INVALID");
    await failureOf(cache.putResult(id, 0, resultOf(1)), "RTL_MESSAGE_INVALID");
    await failureOf(cache.getResult(id, 0), "RTL_MESSAGE_INVALID");
    await failureOf(past(cache, id), "RTL_MESSAGE_INVALID");
  }
});

test("every bucket is bounded", async () => {
  const { streams } = await bus.connection.jetstreamManager();
  for (const { name, bytesMax } of [buckets.schemas, buckets.jobs, buckets.results]) {
    const { config } = await streams.info(`KV_${name}`);
    assert.equal(config.max_bytes, bytesMax, name);
  }
  assert.equal((await streams.info(eventStream.name)).config.max_bytes, eventStream.bytesMax);
});

test("a bucket that is full refuses what is new, says so, and keeps what it has", async (t) => {
  const small = await withNatsServer(t);
  const smallBus = await busOn(small, "small");
  await smallBus.connection
    .jetstream()
    .views.kv(buckets.jobs.name, { history: 1, max_bytes: 64 * 1024 });
  const full = await Cache.open(smallBus);
  const spec = "x".repeat(20_000);
  for (let at = 0; at < 3; at++) {
    assert.ok((await full.createJob(recordOf(`fits-${at}`, { spec }))) !== undefined);
  }
  const error = await failureOf(full.createJob(recordOf("over", { spec })), "RTL_LIMIT_EXCEEDED");
  assert.match(error.message, /full/);
  assert.ok(error.fix);
  assert.deepEqual(await idsIn(full), ["fits-0", "fits-1", "fits-2"]);
});

test("relays that start at once on a new server all find the cache, whoever makes it", async (t) => {
  for (let round = 0; round < 10; round++) {
    const fresh = await withNatsServer(t);
    const buses = await Promise.all(["a", "b", "c"].map((name) => busOn(fresh, name)));
    await Promise.all(
      buses.map(async (each) => {
        await Cache.open(each);
        await Cancels.open(each);
      }),
    );
    await fresh.stop();
  }
});
