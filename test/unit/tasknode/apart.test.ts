// Work that is to run apart: in a process of its own, with the same results, and nothing dies with it.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../../src/host/process-alive.ts";
import { limits } from "../../../src/protocol/limits.ts";
import type { Done, NodeBeat, Order } from "../../../src/protocol/messages.ts";
import { decodeTable, encodeTable } from "../../../src/table/ipc.ts";
import { processesFromProc } from "../../../src/tasknode/processes.ts";
import type { TasknodeSettings } from "../../../src/tasknode/tasknode.ts";
import { fakeBus } from "../../support/fake-bus.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { callOf, numbersIn, numbersOf, orderOf, tableOf } from "../../support/orders.ts";
import { nodeTasks, runningNode } from "../../support/running-node.ts";
import { sharedMemory } from "../../support/shared-memory.ts";
import { waitUntil } from "../../support/wait-until.ts";

const systemTasks = dirname(
  fileURLToPath(import.meta.resolve("../../support/system-tasks/deadly.js")),
);

async function start(t: TestContext, given: Partial<TasknodeSettings> = {}) {
  const bus = fakeBus();
  const blocks = new Map<string, Uint8Array>();
  const running = await runningNode(t, {
    bus,
    taskFolders: [nodeTasks, systemTasks],
    blocks: {
      put(_job, bytes) {
        const block = `block-${blocks.size}`;
        blocks.set(block, bytes);
        return { block, holder: "node-1", bytes: bytes.length };
      },
      read: async ({ block }) => blocks.get(block) ?? assert.fail(`no block ${block}`),
      releaseExcept: () => undefined,
      forgetFetched: () => undefined,
      release: () => undefined,
      isCrowded: false,
      memory: sharedMemory(0),
    },
    ...given,
  });
  const { node, data, log } = running;
  const work = `rtl.v1.work.${node.pool}`;
  const deal = async (order: Order, subject = work): Promise<Done> => {
    await waitUntil(() => bus.open(subject) > 0, "no slot became free");
    assert.equal(bus.deal(subject, order, `answer.${order.order}`), true);
    return (await bus.next(`answer.${order.order}`)) as Done;
  };
  return {
    bus,
    blocks,
    node,
    data,
    work,
    deal,
    logged: (text: string) => log.some((line) => line.includes(text)),
    begun: (file: string) => waitUntil(() => existsSync(join(data, file)), `no ${file}`),
    write: (file: string) => writeFileSync(join(data, file), ""),
    read: (file: string) => readFileSync(join(data, file), "utf8"),
    busy: () => {
      const subject = "rtl.v1.node.node-1.beat";
      const beat = bus.sent.findLast((one) => one.subject === subject);
      return (beat?.message as NodeBeat | undefined)?.busy;
    },
    /** Ids of the node's processes apart. */
    apart: () =>
      processesFromProc()
        .filter(({ isPart, parent, ended }) => isPart && !ended && parent === process.pid)
        .map(({ pid }) => pid),
  };
}

const apart = { apart: true } as const;
const failureOf = (done: Done) => done.items[0]?.failure;

test("work apart gives what it gives in a thread: small and large tables, folds, sources", async (t) => {
  const { deal, blocks } = await start(t);
  const large = Array.from({ length: 20_000 }, (_, row) => row);
  const bytes = encodeTable(tableOf(...large));
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  blocks.set("large", shared);
  const table = { rows: large.length, bytes: bytes.length, block: "large", holder: "node-1" };
  const fold = (part: "measure" | "merge" | "apply") => [{ task: "lessMean", params: {}, part }];
  const both = async (order: () => Order): Promise<Done> => {
    const [inThread, alone] = [await deal(order()), await deal({ ...order(), ...apart })];
    const plain = ({ items, tables }: Done) => ({
      items,
      tables: tables.map((one) => ("block" in one ? blocks.get(one.block) : one)),
    });
    assert.deepEqual(plain(alone), plain(inThread));
    assert.equal(failureOf(alone), undefined);
    assert.deepEqual(
      alone.calls.map(({ rowsIn, rowsOut, lines }) => [rowsIn, rowsOut, lines]),
      inThread.calls.map(({ rowsIn, rowsOut, lines }) => [rowsIn, rowsOut, lines]),
    );
    return alone;
  };
  assert.deepEqual(numbersOf(await both(() => orderOf([callOf("double")]))), [2, 4, 6]);

  const items = [{ chunk: 0, attempt: 3, inputs: [[[0, 5, 19_005] as [number, number, number]]] }];
  const doubled = await both(() => orderOf([callOf("double")], [], { tables: [table], items }));
  const [output] = doubled.tables;
  assert.ok(output !== undefined && "block" in output, "a large output rests in the node");
  const kept = blocks.get(output.block);
  assert.ok(kept?.buffer instanceof SharedArrayBuffer, "threads read it where it lies");
  assert.equal(numbersIn(decodeTable(kept))[18_999], 2 * 19_004);

  const measured = await both(() => orderOf(fold("measure"), [1, 2, 6]));
  const state = measured.items[0]?.state;
  assert.ok(state instanceof Uint8Array && state.length <= limits.inlineStateBytesMax);
  const merged = await both(() =>
    orderOf(fold("merge"), [], {
      states: [state, state],
      tables: [],
      items: [{ chunk: 0, attempt: 1, inputs: [] }],
    }),
  );
  const states = [merged.items[0]?.state];
  const applied = await both(() => orderOf(fold("apply"), [1, 2, 6], { states }));
  assert.deepEqual(numbersOf(applied), [-2, -1, 3]);
  await both(() => {
    const source = { chunk: -1, attempt: 1, inputs: [] };
    return orderOf([callOf("numbers", { rows: 10 })], [], { measure: true, items: [source] });
  });
});

test("it runs in another process, one for piece after piece, whose words go into the log", async (t) => {
  const { deal, logged } = await start(t);
  const pidOf = async (more: Partial<Order>) => {
    const done = await deal(orderOf([callOf("whereabouts", { column: "pid" })], [1], more));
    const [table] = done.tables;
    assert.ok(table !== undefined && "inline" in table, JSON.stringify(failureOf(done)));
    return numbersIn(decodeTable(table.inline), "pid")[0];
  };
  assert.equal(await pidOf({}), process.pid);
  const first = await pidOf(apart);
  assert.notEqual(first, process.pid);
  assert.equal(await pidOf(apart), first);
  await deal(orderOf([callOf("prints", { text: "said apart" })], [1], apart));
  await waitUntil(() => logged("said apart"), "what the task printed is nowhere");
});

const deaths = {
  segfault: /^task die ended its process: it was ended by the signal SIGSEGV$/,
  abort: /^task die ended its process: it was ended by the signal SIGABRT$/,
  exit: /^task die ended its process: it ended itself with exit code 7$/,
  memory: /^task die ended its process: it ran out of memory: .* 64 MB$/,
};
for (const [by, message] of Object.entries(deaths)) {
  test(`a death by ${by} is told with its task, and takes nothing along`, async (t) => {
    const { bus, work, deal, begun, write, busy } = await start(t, { threads: 2 });
    await waitUntil(() => bus.open(work) === 2, "not both threads are ready");
    const other = orderOf([callOf("gate", { file: "open" }), callOf("double")], [1]);
    const answer = deal(other, "rtl.v1.node.node-1.work");
    const done = await deal(
      orderOf([callOf("double"), callOf("die", { by, name: by }), callOf("double")], [1], apart),
    );
    const failure = failureOf(done);
    assert.equal(failure?.code, "RTL_WORKER_ENDED");
    assert.match(failure?.message ?? "", message);
    assert.equal(failure?.at?.task, "die");
    await begun(`${by}.try.1`);
    write("open");
    assert.deepEqual(numbersOf(await answer), [2]);
    // The next one gets a new process, and both slots are there.
    assert.deepEqual(numbersOf(await deal(orderOf([callOf("double")], [4], apart))), [8]);
    bus.deal("rtl.v1.node.discover", {});
    assert.equal(busy(), 0);
  });
}

test("it takes the slot of a thread while it is started and while it works", async (t) => {
  const { bus, work, deal, write, busy, apart: processes } = await start(t);
  const answer = deal(orderOf([callOf("gate", { file: "open" })], [1], apart));
  await waitUntil(() => bus.open(work) === 0, "the slot is still free");
  await waitUntil(() => {
    assert.equal(bus.open(work), 0, "the slot was given out twice");
    bus.deal("rtl.v1.node.discover", {});
    return busy() === 1;
  }, "the work has not begun");
  assert.equal(processes().length, 1);
  const next = deal(orderOf([callOf("double")], [1], { job: "job-2" }), "rtl.v1.node.node-1.work");
  write("open");
  assert.deepEqual(numbersOf(await answer), [1]);
  assert.deepEqual(numbersOf(await next), [2]);
  await waitUntil(() => bus.open(work) === 1, "the slot did not come back");
});

test("a cancel is heeded apart as in a thread, and who does not heed it is ended", async (t) => {
  const { bus, deal, begun, read, apart: processes } = await start(t);
  const asks = deal(orderOf([callOf("asksWhy", { file: "one", answer: "why" })], [1], apart));
  await begun("one");
  const [pid] = processes();
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", by: "ada", reason: "wrong input" });
  assert.equal(failureOf(await asks)?.code, "RTL_JOB_CANCELLED");
  assert.match(read("why"), /cancelled by ada: wrong input/);
  assert.deepEqual(processes(), [pid], "its process serves the next");
  for (const [task, graceMs] of [
    ["deaf", 0],
    ["sleeps", 20],
  ] as const) {
    const job = `job-${task}`;
    const answer = deal(orderOf([callOf(task, { file: task })], [1], { ...apart, job }));
    await begun(task);
    const before = processes();
    bus.deal(`rtl.v1.job.${job}.cancel`, { id: job, graceMs });
    assert.equal(failureOf(await answer)?.code, "RTL_JOB_CANCELLED");
    assert.deepEqual(
      before.map((one) => isAlive(one)),
      [false],
    );
  }
});

test("a loop that only asks whether it is to end hears it apart, and the run limit holds", async (t) => {
  const { deal, apart: processes } = await start(t, { graceMs: 60_000 });
  const late = orderOf([callOf("polite", { file: "polite" })], [1], { ...apart, runMs: 50 });
  assert.equal(failureOf(await deal(late))?.code, "RTL_TASK_TIMEOUT");
  assert.equal(processes().length, 1);
});

test("a run limit that is not heeded ends the process", async (t) => {
  const { deal, apart: processes } = await start(t, { graceMs: 20 });
  const spins = orderOf([callOf("deaf", { file: "two" })], [1], { ...apart, runMs: 50 });
  assert.equal(failureOf(await deal(spins))?.code, "RTL_TASK_TIMEOUT");
  assert.deepEqual(processes(), []);
});

test("processes that a task has started apart end with it", async (t) => {
  const { bus, data, deal, read } = await start(t);
  const pids = join(data, "pids");
  const kinds = ["child", "deaf", "orphan"];
  const brood = callOf("brood", { pids, kinds, next: "spins" });
  const answer = deal(orderOf([brood], [1], apart));
  const lines = () => (existsSync(pids) ? read("pids").trim().split("\n").map(Number) : []);
  await waitUntil(() => lines().length === kinds.length, "not all have started");
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 0 });
  assert.equal(failureOf(await answer)?.code, "RTL_JOB_CANCELLED");
  assert.deepEqual(
    lines().filter((pid) => isAlive(pid)),
    [],
  );
});

test("a process that is idle for long is ended, and a node that leaves has none left", async (t) => {
  const clock = manualClock();
  const { node, deal, apart: processes } = await start(t, { clock });
  await deal(orderOf([callOf("double")], [1], apart));
  const [first] = processes();
  assert.ok(first !== undefined);
  clock.advance(60_000);
  await waitUntil(() => !isAlive(first), "the idle process lives on");
  await deal(orderOf([callOf("double")], [1], apart));
  const [second] = processes();
  assert.ok(second !== undefined && second !== first);
  await node.stop();
  assert.equal(isAlive(second), false);
});
