// What a task leaves behind: when its thread ends, every process that it has started ends with it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../../src/host/clock.ts";
import { createLog } from "../../../src/host/log.ts";
import { isAlive } from "../../../src/host/process-alive.ts";
import { clocks } from "../../../src/protocol/limits.ts";
import type { Done } from "../../../src/protocol/messages.ts";
import { endProcesses } from "../../../src/tasknode/end-processes.ts";
import { endFormerLife } from "../../../src/tasknode/left-processes.ts";
import { processesFromProc, processesFromPs, treesOf } from "../../../src/tasknode/processes.ts";
import { isOfFormerLife, isOfThisLife, newMark, SLOT } from "../../../src/tasknode/slot-mark.ts";
import { fakeBus } from "../../support/fake-bus.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { callOf, numbersOf, orderOf } from "../../support/orders.ts";
import { runningNode } from "../../support/running-node.ts";
import { waitUntil } from "../../support/wait-until.ts";

const log = createLog({ logLevel: "silent", logFormat: "json" });
/** Processes of a brood of every kind. */
const ALL = 6;

async function node(t: TestContext, graceMs = 5) {
  const bus = fakeBus();
  const running = await runningNode(t, { bus, graceMs });
  const work = `rtl.v1.work.${running.node.pool}`;
  const pids = join(running.data, "pids");
  const read = () =>
    existsSync(pids) ? readFileSync(pids, "utf8").trim().split("\n").map(Number) : [];
  t.after(() => {
    for (const pid of read().filter(isAlive)) process.kill(pid, "SIGKILL");
  });
  return {
    ...running,
    bus,
    pids,
    read,
    alive: () => read().filter(isAlive),
    started: (count: number) =>
      waitUntil(() => read().filter(isAlive).length >= count, "the processes did not start"),
    async deal(order: ReturnType<typeof orderOf>) {
      await waitUntil(() => bus.open(work) > 0, "no slot became free");
      assert.equal(bus.deal(work, order, `answer.${order.order}`), true);
      return bus.next(`answer.${order.order}`) as Promise<Done>;
    },
  };
}

const codeOf = (done: Done) => done.items[0]?.failure?.code;

for (const bare of [false, true]) {
  for (const next of ["heeds", "ignores", "spins"] as const) {
    const how = bare ? "an environment of its own" : "the thread's environment";
    test(`a cancelled task that ${next} leaves no process behind, with ${how}`, async (t) => {
      const { bus, pids, started, alive, deal } = await node(t);
      const call = callOf("brood", { pids, next, bare });
      const answer = deal(orderOf([call]));
      await started(ALL);
      bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1" });
      const done = await answer;
      assert.deepEqual(alive(), [], "the slot was reported free before its processes were gone");
      assert.equal(codeOf(done), "RTL_JOB_CANCELLED");
      const later = await deal(orderOf([callOf("double")], [1], { job: "job-2" }));
      assert.deepEqual(numbersOf(later), [2]);
    });
  }

  test(`a task that waits for a process is ended with it${bare ? ", whatever its environment" : ""}`, async (t) => {
    const { bus, pids, started, alive, deal } = await node(t);
    const answer = deal(orderOf([callOf("waitsForProcess", { pids, bare })]));
    await started(1);
    bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 0 });
    assert.equal(codeOf(await answer), "RTL_JOB_CANCELLED");
    assert.deepEqual(alive(), []);
  });
}

test("a task above its run limit takes its processes with it", async (t) => {
  const { pids, read, alive, deal } = await node(t);
  const order = orderOf([callOf("brood", { pids, next: "spins" })], [1], { runMs: 400 });
  assert.equal(codeOf(await deal(order)), "RTL_TASK_TIMEOUT");
  assert.ok(read().length > 0, "nothing had been started");
  assert.deepEqual(alive(), []);
});

test("a task that ends its thread takes its processes with it", async (t) => {
  const { pids, alive, deal } = await node(t);
  const order = orderOf([callOf("brood", { pids, next: "exits", kinds: ["deaf", "orphan"] })]);
  assert.equal(codeOf(await deal(order)), "RTL_WORKER_ENDED");
  assert.deepEqual(alive(), []);
});

test("a node that leaves ends what tasks that are done have left", async (t) => {
  const { node: own, pids, started, alive, deal } = await node(t);
  const order = orderOf([callOf("brood", { pids, next: "returns", kinds: ["child", "orphan"] })]);
  assert.equal(codeOf(await deal(order)), undefined);
  await started(2);
  await own.stop();
  assert.deepEqual(alive(), []);
});

test("DuckDB's process outlives a cancelled order, but not its thread", async (t) => {
  const { bus, node: own, pids, started, alive, deal } = await node(t, 60_000);
  const parts = () =>
    processesFromProc().filter(({ isPart, parent }) => isPart && parent === process.pid);
  const answer = deal(orderOf([callOf("usesDuckDb", { pids })]));
  await started(1);
  const before = parts();
  assert.equal(before.length, 1);
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1" });
  assert.equal(codeOf(await answer), "RTL_JOB_CANCELLED");
  assert.deepEqual(alive(), []);
  assert.deepEqual(
    parts().map(({ pid, ended }) => [pid, ended]),
    before.map(({ pid }) => [pid, false]),
  );
  await own.stop();
  assert.deepEqual(
    before.map(({ pid }) => isAlive(pid)),
    [false],
  );
});

test("cancelling one thread's job touches no process of another thread", async (t) => {
  const bus = fakeBus();
  const running = await runningNode(t, { bus, threads: 2, graceMs: 5 });
  const work = `rtl.v1.work.${running.node.pool}`;
  const files = ["a", "b"].map((name) => join(running.data, name));
  const pidOf = (file: string) => Number(existsSync(file) ? readFileSync(file, "utf8") : "");
  await waitUntil(() => bus.open(work) === 2, "two slots did not become free");
  for (const [at, pids] of files.entries()) {
    const order = orderOf([callOf("brood", { pids, kinds: ["child"] })], [1], { job: `job-${at}` });
    bus.deal(work, order, `answer.${at}`);
  }
  await waitUntil(() => files.every((file) => pidOf(file) > 0), "the processes did not start");
  const [first = 0, second = 0] = files.map(pidOf);
  bus.deal("rtl.v1.job.job-0.cancel", { id: "job-0" });
  await bus.next("answer.0");
  assert.deepEqual([isAlive(first), isAlive(second)], [false, true]);
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1" });
  await bus.next("answer.1");
  assert.equal(isAlive(second), false);
});

/** A process with this mark, which ends with the test. */
async function marked(t: TestContext, mark: string): Promise<number> {
  const child = spawn("sleep", ["600"], { env: { ...process.env, [SLOT]: mark }, stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  await once(child, "spawn");
  return child.pid ?? 0;
}

test("what a killed node has left is ended by the next of its name, and nothing else is", async (t) => {
  const ended = spawn("true", { stdio: "ignore" });
  const { pid } = ended;
  await once(ended, "exit");
  const [name, space, own, ticks, count] = newMark("node-x").split(".");
  assert.equal(Number(own), process.pid);
  const ofDead = [name, space, pid, ticks, count].join(".");
  const ofReused = [name, space, own, "1", count].join(".");
  const ofLiving = newMark("node-x");
  const ofOther = ["node-y", space, pid, ticks, count].join(".");
  const ofElsewhere = [name, "1", pid, ticks, count].join(".");
  const marks = [ofDead, ofReused, ofLiving, ofOther, ofElsewhere, "junk", ""];
  assert.deepEqual(
    marks.map((mark) => isOfFormerLife(mark, "node-x")),
    [true, true, false, false, false, false, false],
  );
  assert.deepEqual(marks.map(isOfThisLife), [false, false, true, false, false, false, false]);
  const pids = await Promise.all(marks.map((mark) => marked(t, mark)));
  await endFormerLife("node-x", systemClock, log);
  assert.deepEqual(pids.map(isAlive), [false, false, true, true, true, true, true]);
});

test("what does not die is given up, and told in the log; so is what cannot be looked for", async () => {
  const clock = manualClock();
  const lines: string[] = [];
  const told = createLog(
    { logLevel: "info", logFormat: "json" },
    {},
    {
      write: (line) => void lines.push(line),
    },
  );
  // No process has this id: a signal to it does nothing, as to one that the system holds.
  const [sample] = processesFromProc();
  assert.ok(sample);
  const immortal = { ...sample, pid: 2 ** 22 + 1 };
  const ending = { force: () => false, clock, log: told };
  const find = () => {
    clock.advance(clocks.processGoneMs / 4);
    return [immortal];
  };
  assert.equal(await endProcesses({ ...ending, find }), 1);
  assert.match(lines.join(), new RegExp(`${immortal.pid}.*processes of a task did not end`));
  const blind = () => Promise.reject(new Error("no ps here"));
  assert.equal(await endProcesses({ ...ending, find: blind }), 0);
  assert.match(lines.join(), /no ps here.*processes of a task cannot be looked for/);
});

test("ps shows the same processes as /proc", async (t) => {
  const pid = await marked(t, newMark("node-z"));
  const ofProc = processesFromProc().find((one) => one.pid === pid);
  const ofPs = (await processesFromPs()).find((one) => one.pid === pid);
  assert.ok(ofProc?.mark?.startsWith("node-z."));
  assert.deepEqual(ofPs, { ...ofProc, session: 0, mark: undefined });
});

test("a tree is the roots and all that descend from them, never this process", () => {
  const one = (pid: number, parent: number, more: object = {}) => ({
    pid,
    parent,
    group: pid,
    session: pid,
    mark: undefined,
    isPart: false,
    ended: false,
    ...more,
  });
  const all = [
    one(1, 0),
    one(process.pid, 1, { mark: "a" }),
    one(10_000_001, process.pid, { mark: "a" }),
    one(10_000_002, 10_000_001),
    one(10_000_003, 1, { session: 10_000_002 }),
    one(10_000_004, 1, { group: 10_000_003 }),
    one(10_000_005, process.pid, { mark: "b" }),
    one(10_000_006, 10_000_001, { ended: true }),
    one(10_000_007, 1),
  ];
  const found = treesOf(all, ({ mark }) => mark === "a").map(({ pid }) => pid - 10_000_000);
  assert.deepEqual(found, [1, 2, 3, 4]);
});
