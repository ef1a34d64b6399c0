// Cancelling at a node: every kind of task ends within its grace, and the node knows what it cancelled.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { limits } from "../../../src/protocol/limits.ts";
import type { Done, Order } from "../../../src/protocol/messages.ts";
import { CancelledJobs } from "../../../src/tasknode/cancelled-jobs.ts";
import { fakeBus } from "../../support/fake-bus.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { callOf, numbersOf, orderOf } from "../../support/orders.ts";
import { runningNode } from "../../support/running-node.ts";
import { waitUntil } from "../../support/wait-until.ts";

async function start(t: TestContext, graceMs: number) {
  const bus = fakeBus();
  const running = await runningNode(t, { bus, graceMs });
  const work = `rtl.v1.work.${running.node.pool}`;
  return {
    ...running,
    bus,
    work,
    begun: (file: string) =>
      waitUntil(() => existsSync(join(running.data, file)), `${file} was not written`),
    async deal(order: Order, subject = work) {
      await waitUntil(() => bus.open(subject) > 0, "no slot became free");
      assert.equal(bus.deal(subject, order, `answer.${order.order}`), true);
    },
    answer: (order: Order) => bus.next(`answer.${order.order}`) as Promise<Done>,
  };
}

const codeOf = (done: Done) => done.items[0]?.failure?.code;

/** How each can be ended: with no grace at all, or only because its patience is over. */
const unruly = { deaf: "spins", sleeps: "sleeps", defiant: "hears and goes on" };
for (const graceMs of [0, 20]) {
  for (const [task, does] of Object.entries(unruly)) {
    const grace = graceMs === 0 ? "without grace" : "after its grace";
    test(`a task that ${does} is ended ${grace}, and its slot serves again`, async (t) => {
      const { bus, deal, answer, begun } = await start(t, 60_000);
      const order = orderOf([callOf(task, { file: "begun" })]);
      await deal(order);
      await begun("begun");
      bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs });
      assert.equal(codeOf(await answer(order)), "RTL_JOB_CANCELLED");
      const next = orderOf([callOf("double")], [1], { job: "job-2" });
      await deal(next);
      assert.deepEqual(numbersOf(await answer(next)), [2]);
    });
  }
}

test("a second cancel without grace ends what the first one left time for", async (t) => {
  const { bus, deal, answer, begun } = await start(t, 60_000);
  const order = orderOf([callOf("deaf", { file: "begun" })]);
  await deal(order);
  await begun("begun");
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1" });
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 0 });
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", graceMs: 60_000 });
  assert.equal(codeOf(await answer(order)), "RTL_JOB_CANCELLED");
});

test("a task learns by whom and why it is cancelled, and that it ran too long", async (t) => {
  const { bus, data, deal, answer, begun } = await start(t, 60_000);
  const told = (file: string) => JSON.parse(readFileSync(join(data, file), "utf8")) as unknown;
  const order = orderOf([callOf("asksWhy", { file: "begun", answer: "why" })]);
  await deal(order);
  await begun("begun");
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1", by: "ada", reason: "wrong input" });
  assert.equal(codeOf(await answer(order)), "RTL_JOB_CANCELLED");
  assert.deepEqual(told("why"), {
    name: "AbortError",
    code: "RTL_JOB_CANCELLED",
    message: "the job was cancelled by ada: wrong input",
    by: "ada",
    reason: "wrong input",
    thrown: "AbortError",
  });
  const long = orderOf([callOf("asksWhy", { file: "long", answer: "late" })], [1], {
    job: "job-2",
    runMs: 20,
  });
  await deal(long);
  assert.equal(codeOf(await answer(long)), "RTL_TASK_TIMEOUT");
  assert.deepEqual(told("late"), {
    name: "TimeoutError",
    code: "RTL_TASK_TIMEOUT",
    message: "the work ran longer than its run limit of 20 ms and was ended",
    thrown: "AbortError",
  });
});

test("what waits in the node for a cancelled job is answered at once, and never runs", async (t) => {
  const { bus, data, work, deal, answer, begun } = await start(t, 60_000);
  const running = orderOf([callOf("polite", { file: "begun" })], [1], { job: "job-0" });
  await deal(running);
  await begun("begun");
  const waiting = [1, 2, 3].map((at) => orderOf([callOf("polite", { file: `ran-${at}` })]));
  const [ahead, ...named] = waiting;
  assert.ok(ahead);
  await deal(ahead, `${work}.ahead`);
  for (const order of named) await deal(order, "rtl.v1.node.node-1.work");
  bus.deal("rtl.v1.job.job-1.cancel", { id: "job-1" });
  for (const order of waiting) assert.equal(codeOf(await answer(order)), "RTL_JOB_CANCELLED");
  assert.equal(bus.open(work), 0, "the other job runs on");
  bus.deal("rtl.v1.job.job-0.cancel", { id: "job-0" });
  assert.equal(codeOf(await answer(running)), "RTL_JOB_CANCELLED");
  for (const at of [1, 2, 3]) assert.equal(existsSync(join(data, `ran-${at}`)), false);
});

test("cancelled jobs are forgotten after a while, and under a storm the oldest first", () => {
  const clock = manualClock();
  const jobs = new CancelledJobs(clock);
  const has = (...ids: string[]) => ids.map((id) => jobs.has(id, "relay-1/1"));
  jobs.add("first", undefined);
  clock.advance(30_000);
  jobs.add("second", undefined);
  clock.advance(29_999);
  assert.deepEqual(has("first", "second"), [true, true]);
  clock.advance(1);
  assert.deepEqual(has("first", "second"), [false, true]);
  for (let at = 0; at < limits.cancelledJobsMax; at++) jobs.add(`job-${at}`, undefined);
  assert.deepEqual(has("second", "job-0"), [false, true]);
  jobs.add("job-0", undefined);
  jobs.add("one more", undefined);
  assert.deepEqual(has("job-0", "job-1"), [true, false]);
});

test("orders that were made before the end of their job are refused; later ones are of another", async (t) => {
  const jobs = new CancelledJobs(manualClock());
  jobs.add("job-1", "relay-1/1c");
  const names = ["relay-1/0", "relay-1/z", "relay-1/1c", "relay-1/1d", "relay-1/10c", "relay-2/0"];
  assert.deepEqual(
    names.map((name) => jobs.has("job-1", name)),
    [true, true, true, false, false, false],
  );
  assert.equal(jobs.has("job-2", "relay-1/0"), false);

  const { bus, deal, answer } = await start(t, 60_000);
  const run = async (name: string) => {
    const order = orderOf([callOf("double")], [1], { order: name });
    await deal(order);
    return codeOf(await answer(order));
  };
  // A bare message is about what there is; only the job's relay knows what is on its way.
  bus.deal("rtl.v1.job.job-1.cancel", {});
  assert.equal(await run("relay-1/1b"), undefined);
  bus.deal("rtl.v1.job.job-1.revoke", { id: "job-1", upTo: "relay-1/1d" });
  assert.equal(await run("relay-1/1c"), "RTL_JOB_CANCELLED");
  assert.equal(await run("relay-1/1e"), undefined);
});

test("what a relay revoked says nothing of the orders of the next one, whatever their names", () => {
  const jobs = new CancelledJobs(manualClock());
  jobs.add("job-1", "relay-1/9", 1);
  const found = [0, 1, 2].map((term) => jobs.has("job-1", "relay-1/3", term));
  assert.deepEqual(found, [true, true, false]);
});
