/** A whole tasknode with real threads, on a bus without a server. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RtlError } from "../../../src/protocol/errors.ts";
import type { Done, NodeBeat, Order } from "../../../src/protocol/messages.ts";
import type { TasknodeSettings } from "../../../src/tasknode/tasknode.ts";
import { type FakeBus, fakeBus } from "../../support/fake-bus.ts";
import { callOf, numbersOf, orderOf } from "../../support/orders.ts";
import { runningNode } from "../../support/running-node.ts";
import { sharedMemory } from "../../support/shared-memory.ts";
import { waitUntil } from "../../support/wait-until.ts";

interface Rig {
  readonly bus: FakeBus;
  readonly work: string;
  readonly data: string;
  readonly log: readonly string[];
  readonly stop: () => Promise<void>;
  /** Deals an order on the work subject and waits for its answer. */
  run(order: Order): Promise<Done>;
  /** Deals an order, on the work subject by default. */
  deal(order: Order, subject?: string): boolean;
  answer(order: Order): Promise<Done>;
  /** Waits until a task has written this file: then it runs. */
  begun(file: string): Promise<void>;
  /** Opens a gate. */
  write(file: string): void;
}

async function start(t: TestContext, given: Partial<TasknodeSettings> = {}): Promise<Rig> {
  const bus = fakeBus();
  const { node, data, log } = await runningNode(t, { bus, ...given });
  const work = `rtl.v1.work.${node.pool}`;
  const replyOf = ({ order }: Order) => `rtl.v1.relay.relay-1.done.${order.replace("/", "-")}`;
  const answer = async (order: Order) => (await bus.next(replyOf(order))) as Done;
  const deal = (order: Order, subject = work) => bus.deal(subject, order, replyOf(order));
  const free = () => bus.open(work) > 0;
  return {
    bus,
    work,
    data,
    log,
    stop: () => node.stop(),
    answer,
    deal,
    async run(order) {
      await waitUntil(free, "no slot became free");
      assert.equal(deal(order), true);
      return await answer(order);
    },
    begun: (file) => waitUntil(() => existsSync(join(data, file)), `${file} was not written`),
    write: (file) => writeFileSync(join(data, file), ""),
  };
}

const failureOf = (done: Done, item = 0) => {
  const { failure } = done.items[item] ?? {};
  assert.ok(failure, `item ${item} has not failed`);
  return failure;
};

test("an order is answered with its table, its reports and its time", async (t) => {
  const { run } = await start(t);
  const done = await run(orderOf([callOf("double"), callOf("double")]));
  assert.deepEqual(numbersOf(done), [4, 8, 12]);
  assert.equal(done.node, "node-1");
  assert.equal(done.refused, undefined);
  assert.deepEqual(
    done.calls.map(({ rowsIn, rowsOut, tallies, lines }) => ({ rowsIn, rowsOut, tallies, lines })),
    [1, 2].map(() => ({
      rowsIn: 3,
      rowsOut: 3,
      tallies: [{ template: "{} rows doubled", count: 3 }],
      lines: ["doubled"],
    })),
  );
  assert.ok(done.ms > 0);
});

test("the slot is open again before the answer goes out", async (t) => {
  const { bus, work, run } = await start(t);
  const order = orderOf([callOf("echo")]);
  await run(order);
  const since = bus.story.slice(bus.story.lastIndexOf(`+${work}`));
  assert.match(since[1] ?? "", /^>rtl\.v1\.relay\.relay-1\.done\./);
  assert.equal(bus.open(work), 1);
});

test("a busy node has no slot, takes one order ahead per thread, and runs it next", async (t) => {
  const { bus, work, deal, answer, write } = await start(t);
  const ahead = `${work}.ahead`;
  const [first, second] = [orderOf([callOf("gate", { file: "go" })]), orderOf([callOf("double")])];
  assert.equal(bus.open(ahead), 1);
  assert.equal(deal(first), true);
  assert.equal(bus.open(work), 0);
  assert.equal(deal(second), false, "no slot is free");
  assert.equal(deal(second, ahead), true);
  assert.equal(bus.open(ahead), 0);
  write("go");
  assert.deepEqual(numbersOf(await answer(first)), [1, 2, 3]);
  assert.equal(bus.open(ahead), 1, "the order ahead runs, so that its credit is open again");
  assert.deepEqual(numbersOf(await answer(second)), [2, 4, 6]);
  assert.equal(bus.open(work), 1);
});

test("orders by name wait in the node, and are refused beyond four per slot", async (t) => {
  const { bus, deal, answer, write, work } = await start(t);
  const named = "rtl.v1.node.node-1.work";
  const first = orderOf([callOf("gate", { file: "go" })]);
  deal(first, named);
  assert.equal(bus.open(work), 0, "an order by name takes the slot");
  const others = Array.from({ length: 5 }, () => orderOf([callOf("double")]));
  for (const order of others) deal(order, named);
  const [last] = others.slice(-1);
  assert.ok(last);
  assert.match((await answer(last)).refused ?? "", /4 orders are waiting already/);
  write("go");
  for (const order of others.slice(0, 4)) {
    assert.deepEqual(numbersOf(await answer(order)), [2, 4, 6]);
  }
});

test("an item that throws fails alone, with all that is known of it", async (t) => {
  const { run } = await start(t);
  const order = orderOf([callOf("echo"), callOf("picky", { bad: 2, retry: true })], [1, 2, 3], {
    slices: [
      [0, 0, 1],
      [0, 1, 2],
      [0, 2, 3],
    ],
  });
  const done = await run(order);
  assert.deepEqual(numbersOf(done, 0), [1]);
  assert.deepEqual(numbersOf(done, 2), [3]);
  const failure = failureOf(done, 1);
  assert.equal(failure.code, "RTL_TASK_FAILED");
  assert.match(failure.message, /saw 2/);
  assert.deepEqual(failure.at, {
    job: "job-1",
    stage: "work",
    task: "picky",
    chunk: 1,
    attempt: 1,
    node: "node-1",
  });
  assert.equal(done.items[1]?.retry, true);
});

test("a task that heeds its signal ends when its job is cancelled", async (t) => {
  const { bus, deal, answer, run } = await start(t);
  const order = orderOf([callOf("gate", { file: "never" })]);
  deal(order);
  assert.equal(bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 60_000 }), true);
  assert.equal(failureOf(await answer(order)).code, "RTL_JOB_CANCELLED");
  const other = await run(orderOf([callOf("double")], [5], { job: "job-2" }));
  assert.deepEqual(numbersOf(other), [10]);
});

test("a loop that asks whether it is cancelled ends, and what it returns is no result", async (t) => {
  const { bus, deal, answer, begun } = await start(t);
  const order = orderOf([callOf("polite", { file: "begun" }), callOf("double")]);
  deal(order);
  await begun("begun");
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 60_000 });
  const done = await answer(order);
  assert.equal(failureOf(done).code, "RTL_JOB_CANCELLED");
  assert.deepEqual(done.tables, []);
});

test("a busy loop is ended after the grace, and its slot is free once it really is", async (t) => {
  const { bus, work, deal, answer, begun, run } = await start(t);
  const order = orderOf([callOf("deaf", { file: "begun" })]);
  const waiting = orderOf([callOf("double")]);
  deal(order);
  deal(waiting, `${work}.ahead`);
  await begun("begun");
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 10 });
  assert.equal(failureOf(await answer(waiting)).code, "RTL_JOB_CANCELLED");
  assert.equal(failureOf(await answer(order)).code, "RTL_JOB_CANCELLED");
  assert.equal(bus.open(work), 0, "its thread is still being replaced");
  bus.deal("rtl.v1.job.job-1.revoke", { id: "job-1" });
  const late = await run(orderOf([callOf("double")]));
  assert.equal(failureOf(late).code, "RTL_JOB_CANCELLED", "orders after the end are refused");
  assert.deepEqual(numbersOf(await run(orderOf([callOf("double")], [1], { job: "job-2" }))), [2]);
});

test("a task above its run limit is told to end, and fails whatever it returns", async (t) => {
  const { run } = await start(t);
  const done = await run(orderOf([callOf("polite", { file: "begun" })], [1], { runMs: 20 }));
  const failure = failureOf(done);
  assert.equal(failure.code, "RTL_TASK_TIMEOUT");
  assert.match(failure.message, /task polite ran longer than its run limit of 20 ms/);
});

test("a busy loop above its run limit is ended; the other items of its order run on", async (t) => {
  const { run } = await start(t, { graceMs: 10 });
  const order = orderOf([callOf("exits", { at: -1 }), callOf("double")], [1, 2], {
    slices: [
      [0, 0, 1],
      [0, 1, 2],
    ],
    runMs: 10_000,
  });
  assert.deepEqual(numbersOf(await run(order), 1), [4]);
  const done = await run(orderOf([callOf("deaf")], [1], { runMs: 20 }));
  assert.equal(failureOf(done).code, "RTL_TASK_TIMEOUT");
  assert.equal(failureOf(done).at?.task, "deaf");
});

test("a task that exits fails its own item; the others are run by a new thread", async (t) => {
  const { run } = await start(t);
  const order = orderOf([callOf("exits", { at: 2 }), callOf("double")], [1, 2, 3], {
    slices: [
      [0, 0, 1],
      [0, 1, 2],
      [0, 2, 3],
    ],
  });
  const done = await run(order);
  assert.deepEqual(numbersOf(done, 0), [2]);
  assert.deepEqual(numbersOf(done, 2), [6]);
  const failure = failureOf(done, 1);
  assert.equal(failure.code, "RTL_WORKER_ENDED");
  assert.match(failure.message, /task exits ended its thread: .*exit code 7/);
  assert.deepEqual([failure.at?.task, failure.at?.chunk], ["exits", 1]);
});

test("whatever a task does, the node answers and goes on", async (t) => {
  const { run } = await start(t);
  const expected: Record<string, [string, RegExp]> = {
    throwsNothing: ["RTL_TASK_FAILED", /throwsNothing/],
    noTable: ["RTL_TASK_FAILED", /instead of a table/],
    hoards: ["RTL_WORKER_ENDED", /out of memory.*64 MB/],
    throwsLater: ["RTL_WORKER_ENDED", /out of the blue/],
    nobody: ["RTL_TASK_UNKNOWN", /nobody/],
  };
  for (const [task, [code, message]] of Object.entries(expected)) {
    const done = await run(orderOf([callOf(task)]));
    if (done.refused !== undefined) {
      assert.match(done.refused, message);
      continue;
    }
    const failure = failureOf(done);
    assert.equal(failure.code, code);
    assert.match(failure.message, message);
  }
  assert.deepEqual(numbersOf(await run(orderOf([callOf("double")]))), [2, 4, 6]);
});

test("a promise that never settles holds its slot until it is cancelled, and no longer", async (t) => {
  const { bus, deal, answer, run } = await start(t);
  const order = orderOf([callOf("pending")]);
  deal(order);
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 0 });
  assert.equal(failureOf(await answer(order)).code, "RTL_JOB_CANCELLED");
  assert.deepEqual(numbersOf(await run(orderOf([callOf("double")], [1], { job: "job-2" }))), [2]);
});

test("a state that cannot be sent fails its item", async (t) => {
  const { run } = await start(t);
  const done = await run(orderOf([{ task: "badState", params: {}, part: "measure" }]));
  assert.equal(failureOf(done).code, "RTL_TASK_FAILED");
  assert.match(failureOf(done).message, /state that a task left cannot be sent/);
});

test("large tables are read from blocks and left in blocks, in shared memory", async (t) => {
  const kept = new Map<string, Uint8Array>();
  const blocks: TasknodeSettings["blocks"] = {
    put(job, bytes) {
      const block = `${job}.${kept.size}`;
      kept.set(block, bytes);
      return { block, holder: "node-1", bytes: bytes.length };
    },
    read: async ({ block }) => {
      const bytes = kept.get(block);
      if (bytes === undefined) throw new RtlError("RTL_BLOCK_LOST", `no block ${block}`);
      return bytes;
    },
    releaseExcept: () => undefined,
    forgetFetched: () => undefined,
    release: () => undefined,
    isCrowded: false,
    memory: sharedMemory(0),
  };
  const { run } = await start(t, { blocks });
  const made = await run(orderOf([callOf("many", { rows: 20_000 })]));
  const [ref] = made.tables;
  assert.ok(ref !== undefined && "block" in ref);
  assert.equal(ref.rows, 20_000);
  assert.ok(kept.get(ref.block)?.buffer instanceof SharedArrayBuffer);

  const doubled = await run(
    orderOf([callOf("double")], [], { tables: [ref], slices: [[0, 5, 8]] }),
  );
  assert.deepEqual(numbersOf(doubled), [10, 12, 14]);
  const same = await run(
    orderOf([callOf("echo")], [], { tables: [ref], slices: [[0, 0, 20_000]] }),
  );
  const [again] = same.tables;
  assert.ok(again !== undefined && "block" in again);
  const [one, other] = [kept.get(ref.block), kept.get(again.block)];
  assert.ok(one && other);
  one[one.length - 1] = 77;
  assert.equal(other[other.length - 1], 77, "the same memory serves input and output");

  const gone = { ...ref, block: "elsewhere" };
  const lost = await run(orderOf([callOf("echo")], [], { tables: [gone], slices: [[0, 0, 1]] }));
  assert.equal(failureOf(lost).code, "RTL_BLOCK_LOST");
});

test("a message that is no order does not cost a slot", async (t) => {
  const { bus, work } = await start(t);
  assert.equal(bus.dealJunk(work), true);
  assert.equal(bus.open(work), 1);
});

test("a node tells what it offers at the start and when it is asked, and what it holds", async (t) => {
  const { bus, deal, answer, write } = await start(t, { labels: { site: "lab" }, beatMs: 20 });
  const beats = () =>
    bus.sent.filter(({ subject }) => subject === "rtl.v1.node.node-1.beat") as {
      message: NodeBeat;
    }[];
  const [first] = beats();
  assert.ok(first?.message.tasks?.some(({ name }) => name === "double"));
  assert.deepEqual(first?.message.labels, { site: "lab" });
  const order = orderOf([callOf("gate", { file: "go" })]);
  deal(order);
  await waitUntil(() => beats().some(({ message }) => message.busy === 1), "never busy");
  const busy = beats().find(({ message }) => message.busy === 1)?.message;
  assert.deepEqual(busy?.held, [order.order]);
  assert.equal(busy?.tasks, undefined);
  write("go");
  await answer(order);
  const before = beats().length;
  bus.deal("rtl.v1.node.discover", {});
  assert.ok(beats()[before]?.message.tasks);
});

test("a node that leaves finishes what runs, hands back what waits, and says goodbye", async (t) => {
  const { bus, work, stop, deal, answer, write } = await start(t);
  const [running, ahead] = [orderOf([callOf("gate", { file: "go" })]), orderOf([callOf("double")])];
  deal(running);
  deal(ahead, `${work}.ahead`);
  const stopped = stop();
  assert.match((await answer(ahead)).refused ?? "", /leaving/);
  assert.deepEqual([bus.open(work), bus.open(`${work}.ahead`)], [0, 0]);
  write("go");
  assert.deepEqual(numbersOf(await answer(running)), [1, 2, 3]);
  await stopped;
  const last = bus.sent.at(-1)?.message as NodeBeat;
  assert.deepEqual([last.leaving, last.draining, last.held], [true, true, []]);
});
