/** The small parts of a tasknode, each by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../../../src/protocol/limits.ts";
import type { CallReport as RunReport } from "../../../src/task/run-calls.ts";
import { addReports, createCallSums, DROPPED } from "../../../src/tasknode/call-sums.ts";
import { createCatalog } from "../../../src/tasknode/catalog.ts";
import { Holding } from "../../../src/tasknode/holding.ts";
import { OrderBlocks } from "../../../src/tasknode/order-blocks.ts";
import { fetchTables, packTables } from "../../../src/tasknode/order-tables.ts";
import { watchRun } from "../../../src/tasknode/run-limit.ts";
import { createCredits } from "../../../src/tasknode/slots.ts";
import type { Thread } from "../../../src/tasknode/thread.ts";
import { fakeBus } from "../../support/fake-bus.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { callOf, orderOf } from "../../support/orders.ts";
import { sharedMemory } from "../../support/shared-memory.ts";

const report = (lines: number, count: number): RunReport => ({
  task: "a",
  plots: [],
  ms: 1,
  rowsIn: 2,
  rowsOut: 3,
  tallies: [{ template: "{} rows", count }],
  lines: Array.from({ length: lines }, (_, at) => `line ${at}`),
  linesDropped: 0,
});

test("reports are added up, and lines beyond the limit are counted", () => {
  const sums = createCallSums(1);
  sums.add(0, report(limits.logLinesMax - 1, 4));
  sums.add(0, report(3, 5));
  const [sum] = sums.reports();
  assert.deepEqual([sum?.ms, sum?.rowsIn, sum?.rowsOut], [2, 4, 6]);
  assert.equal(sum?.lines.length, limits.logLinesMax);
  assert.deepEqual(sum?.tallies, [
    { template: "{} rows", count: 9 },
    { template: DROPPED, count: 2 },
  ]);
  const twice = addReports(sums.reports(), sums.reports());
  assert.deepEqual(twice[0]?.tallies[0], { template: "{} rows", count: 18 });
});

test("nodes with the same tasks and labels are one pool, whatever the labels' order", () => {
  const task = (name: string) => ({
    name,
    aliases: [],
    summary: "",
    shape: "map" as const,
    params: {},
    example: {},
    deterministic: true,
  });
  const pool = (labels: Record<string, string>, ...names: string[]) =>
    createCatalog(names.map(task), labels).pool;
  assert.equal(pool({ a: "1", b: "2" }, "x"), pool({ b: "2", a: "1" }, "x"));
  const different = [pool({}, "x"), pool({}, "y"), pool({ a: "1" }, "x"), pool({ a: "2" }, "x")];
  assert.equal(new Set(different).size, 4);
  for (const name of different) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
});

test("inline tables are copied once into one buffer, at multiples of eight", () => {
  const message = new Uint8Array(64).map((_, at) => at);
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  const loose = [message.subarray(3, 8), message.subarray(9, 20)];
  const given = [...loose, shared].map((bytes) => ({ bytes }));
  const { tables, transfer } = packTables(given);
  const got = tables.map((table) => ("bytes" in table ? table.bytes : assert.fail()));
  assert.deepEqual(
    got.map(({ byteOffset }) => byteOffset),
    [0, 8, 0],
  );
  assert.equal(got[2], shared);
  assert.deepEqual(transfer, [got[0]?.buffer]);
  assert.equal(got[1]?.buffer, got[0]?.buffer);
  assert.deepEqual(got.slice(0, 2), loose);
});

test("an order without blocks has its tables at once", () => {
  const { tables } = orderOf([callOf("echo")]);
  const blocks = {
    put: () => assert.fail(),
    read: () => assert.fail(),
    memory: sharedMemory(0),
  };
  assert.ok(Array.isArray(fetchTables([...tables, { rows: 1, json: {} }], blocks)));
});

test("when one block cannot be had, the memory of the others is free again", async () => {
  const memory = sharedMemory(1_000_000);
  const bytes = memory.take(100_000);
  const blocks = {
    put: () => assert.fail(),
    read: async ({ block }: { readonly block: string }) => {
      if (block === "gone") throw new Error("it is gone");
      return bytes;
    },
    memory,
  };
  const refs = ["gone", "there"].map((block) => ({ rows: 1, bytes: 1, block, holder: "n" }));
  await assert.rejects(async () => fetchTables(refs, blocks), /it is gone/);
  assert.ok(memory.keptBytes > 0, "the block that came is counted as read for ever");
});

test("an answer holds small tables up to its bound; what is beyond becomes blocks", () => {
  const holding = new Holding(orderOf([callOf("echo")]), "reply", "work", "node-1");
  const bytes = new Uint8Array(limits.inlineBytesMax);
  const large = new Uint8Array(limits.inlineBytesMax + 1);
  const tables = [large, ...Array.from({ length: 5 }, () => bytes)];
  holding.add({
    tables: tables.map((each) => ({ rows: 1, bytes: each })),
    items: [{ chunk: 0, attempt: 1, rows: 1, output: [0, 0, 1] }],
    calls: [],
    plots: [],
  });
  const put: Uint8Array[] = [];
  const done = holding.answer((each) => {
    put.push(each);
    return { block: `b${put.length}`, holder: "node-1" };
  });
  assert.deepEqual(put, [large, bytes]);
  assert.deepEqual(
    done.tables.map((table) => ("inline" in table ? "inline" : "block" in table && table.block)),
    ["b1", "inline", "inline", "inline", "inline", "b2"],
  );
});

test("failures are cut to what fits into a message", () => {
  const order = orderOf([callOf("echo")]);
  const holding = new Holding(order, "reply", "work", "node-1");
  const problem = { path: "a", message: "b" };
  const problems = Array.from({ length: 1_000 }, () => problem);
  const message = "x".repeat(1_000_000);
  holding.failLeft({ code: "RTL_TASK_FAILED", message, problems, at: { task: "echo" } });
  const [item] = holding.answer(() => assert.fail()).items;
  assert.ok(JSON.stringify(item).length < 8_000);
  assert.deepEqual(item?.failure?.at, {
    job: "job-1",
    stage: "work",
    task: "echo",
    chunk: 0,
    attempt: 1,
    node: "node-1",
  });
});

test("a failure in measuring a source names no chunk", () => {
  const order = orderOf([callOf("echo")]);
  const items = order.items.map((item) => ({ ...item, chunk: -1 }));
  const holding = new Holding({ ...order, items }, "reply", "work", "node-1");
  holding.failLeft({ code: "RTL_TASK_FAILED", message: "no such file" });
  const [item] = holding.answer(() => assert.fail()).items;
  assert.equal(item?.chunk, -1);
  assert.deepEqual(item.failure?.at, {
    job: "job-1",
    stage: "work",
    task: "echo",
    attempt: 1,
    node: "node-1",
  });
});

test("what a second thread makes of the rest of an order joins what the first left", () => {
  const order = orderOf([callOf("echo")], [1, 2, 3], {
    slices: [
      [0, 0, 1],
      [0, 1, 2],
      [0, 2, 3],
    ],
  });
  const holding = new Holding(order, "reply", "work", "node-1");
  holding.failItem(1, { code: "RTL_WORK_LOST", message: "gone" });
  const rest = holding.remainder([]).items.map(({ chunk }) => chunk);
  assert.deepEqual(rest, [0, 2]);
  holding.failItem(0, { code: "RTL_WORK_LOST", message: "gone too" });
  assert.equal(holding.finished, false);
  holding.add({
    tables: [{ rows: 1, bytes: new Uint8Array(8) }],
    items: [{ chunk: 2, attempt: 1, rows: 1, output: [0, 0, 1] }],
    calls: [],
    plots: [],
  });
  assert.equal(holding.finished, true);
  const { items } = holding.answer(() => assert.fail());
  assert.deepEqual(
    items.map(({ chunk, failure, output }) => [chunk, failure?.message, output]),
    [
      [0, "gone too", undefined],
      [1, "gone", undefined],
      [2, undefined, [0, 0, 1]],
    ],
  );
});

/** As much of a thread as the run limit sees. */
function seenThread() {
  const seen = { place: { item: 0, call: 0 }, expired: [] as number[], ended: false };
  const thread = {
    get place() {
      return seen.place;
    },
    expire: (item: number) => seen.expired.push(item),
    end: () => {
      seen.ended = true;
    },
  };
  return { seen, thread: thread as unknown as Thread };
}

test("an item over its limit is told to end at once, and its thread is ended after the grace", () => {
  const clock = manualClock();
  const { seen, thread } = seenThread();
  const order = { late: undefined };
  const stop = watchRun(order, thread, { clock, runMs: 1_000, graceMs: 500 });
  clock.advance(999);
  assert.deepEqual(seen.expired, []);
  clock.advance(1);
  assert.deepEqual(seen.expired, [0]);
  assert.equal(order.late, 0);
  clock.advance(499);
  assert.equal(seen.ended, false);
  clock.advance(1);
  assert.equal(seen.ended, true);
  stop();
  assert.equal(clock.beats, 0);
});

test("the limit is each item's own, and one that ends within the grace costs no thread", () => {
  const clock = manualClock();
  const { seen, thread } = seenThread();
  const stop = watchRun({ late: undefined }, thread, { clock, runMs: 1_000, graceMs: 500 });
  clock.advance(750);
  seen.place = { item: 1, call: 0 };
  clock.advance(1_000);
  assert.deepEqual(seen.expired, []);
  clock.advance(250);
  assert.deepEqual(seen.expired, [1]);
  seen.place = { item: 2, call: 0 };
  clock.advance(600);
  assert.equal(seen.ended, false);
  stop();
  clock.advance(60_000);
  assert.deepEqual(seen.expired, [1]);
});

test("credits are opened, withdrawn and moved, each for one message", () => {
  const bus = fakeBus();
  const got: string[] = [];
  const credits = createCredits(
    bus,
    (order, _info, credit) => got.push(`${credit} ${order.name}`),
    () => got.push("spoilt"),
  );
  credits.settle({ work: 2, workAhead: 1 });
  assert.deepEqual(credits.open, { work: 0, workAhead: 0 }, "there is no pool yet");
  credits.move("pool-1");
  credits.settle({ work: 2, workAhead: 1 });
  assert.deepEqual([bus.open("rtl.v1.work.pool-1"), bus.open("rtl.v1.work.pool-1.ahead")], [2, 1]);
  bus.deal("rtl.v1.work.pool-1", orderOf([callOf("echo")], [1], { name: "a" }), "reply");
  bus.dealJunk("rtl.v1.work.pool-1");
  assert.equal(bus.deal("rtl.v1.work.pool-1", orderOf([callOf("echo")]), "reply"), false);
  bus.deal("rtl.v1.work.pool-1.ahead", orderOf([callOf("echo")], [1], { name: "b" }), "reply");
  assert.deepEqual(got, ["work a", "spoilt", "workAhead b"]);
  credits.settle({ work: 3, workAhead: 1 });
  credits.settle({ work: 1, workAhead: 1 });
  assert.deepEqual(credits.open, { work: 1, workAhead: 1 });
  credits.move("pool-2");
  assert.equal(bus.open("rtl.v1.work.pool-1"), 0);
  credits.settle({ work: 1, workAhead: 0 });
  assert.equal(bus.open("rtl.v1.work.pool-2"), 1);
});

test("an answer that is never sent leaves none of its blocks", () => {
  const held = new Set<string>();
  const blocks = {
    put(job: string, bytes: Uint8Array) {
      if (held.size === 2) throw new Error("no room");
      const block = `${job}.${held.size}`;
      held.add(block);
      return { block, holder: "node-1", bytes: bytes.length };
    },
    release(_job: string, keys: readonly string[] = []) {
      for (const key of keys) held.delete(key);
    },
  };
  const left = new OrderBlocks(blocks, "job-1");
  for (let time = 0; time < 2; time++) left.put(new Uint8Array(1));
  assert.throws(() => left.put(new Uint8Array(1)), /no room/);
  left.undo();
  assert.equal(held.size, 0);
});
