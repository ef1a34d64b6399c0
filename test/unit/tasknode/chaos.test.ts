/** Orders of every kind at a node in random order, cancelled at random: none is lost or doubled. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import type { Done, NodeBeat, Order } from "../../../src/protocol/messages.ts";
import { Random } from "../../sim/random.ts";
import { fakeBus } from "../../support/fake-bus.ts";
import { callOf, numbersOf, orderOf } from "../../support/orders.ts";
import { runningNode } from "../../support/running-node.ts";
import { waitUntil } from "../../support/wait-until.ts";

const ORDERS = 60;
const THREADS = 2;

const kinds: readonly ((job: string) => Order)[] = [
  (job) => orderOf([callOf("double")], [1, 2, 3], { job }),
  (job) => orderOf([callOf("echo"), callOf("double")], [4], { job }),
  (job) =>
    orderOf([callOf("picky", { bad: 2 })], [1, 2], {
      job,
      slices: [
        [0, 0, 1],
        [0, 1, 2],
      ],
    }),
  (job) =>
    orderOf([callOf("exits", { at: 2 })], [1, 2], {
      job,
      slices: [
        [0, 0, 1],
        [0, 1, 2],
      ],
    }),
  (job) => orderOf([callOf("deaf")], [1], { job, runMs: 20 }),
  (job) => orderOf([callOf("polite", { file: job })], [1], { job, runMs: 20 }),
  (job) => orderOf([callOf("pending")], [1], { job, runMs: 20 }),
  (job) => orderOf([callOf("throwsLater")], [1], { job }),
  (job) => orderOf([callOf("throwsNothing")], [1], { job }),
];

test("every order is answered once, and every credit comes back", async (t) => {
  const seed = Number(process.env["RTL_SEED"] ?? randomInt(2 ** 31));
  t.diagnostic(`RTL_SEED=${seed}`);
  const random = new Random(seed);
  const bus = fakeBus();
  const { node } = await runningNode(t, { bus, threads: THREADS, graceMs: 5 });
  const work = `rtl.v1.work.${node.pool}`;
  const subjects = [work, `${work}.ahead`, "rtl.v1.node.node-1.work"];

  const dealt = new Map<string, Order>();
  for (let number = 0; number < ORDERS; number++) {
    const job = `job-${number}`;
    const order = random.oneOf(kinds)(job);
    const reply = `answer.${number}`;
    dealt.set(reply, order);
    const offer = () =>
      subjects.slice(random.whole(0, 2)).some((subject) => bus.deal(subject, order, reply));
    await waitUntil(offer, "nobody took the order");
    if (!random.chance(0.25)) continue;
    bus.deal(`rtl.v1.job.${job}.cancel`, { id: job, graceMs: random.whole(0, 9) });
  }
  const answers = () => bus.sent.filter(({ subject }) => subject.startsWith("answer."));
  await waitUntil(() => answers().length >= ORDERS, "an order was not answered");
  const full = () => bus.open(work) === THREADS && bus.open(`${work}.ahead`) === THREADS;
  await waitUntil(full, "a credit did not come back");

  assert.equal(answers().length, ORDERS);
  for (const { subject, message } of answers()) {
    const order = dealt.get(subject);
    const done = message as Done;
    assert.equal(done.order, order?.order);
    dealt.delete(subject);
    if (done.refused !== undefined) continue;
    assert.equal(done.items.length, order?.items.length);
    for (const [place, { failure, output }] of done.items.entries()) {
      assert.notEqual(failure === undefined, output === undefined);
      assert.notEqual(failure?.code, "RTL_INTERNAL");
      const doubled = order?.calls.at(-1)?.task === "double" && failure === undefined;
      if (doubled) assert.ok(numbersOf(done, place).every((value) => value % 2 === 0));
    }
  }
  assert.equal(dealt.size, 0);
  bus.deal("rtl.v1.node.discover", {});
  const last = bus.sent.at(-1)?.message as NodeBeat | undefined;
  assert.deepEqual([last?.held, last?.busy], [[], 0]);
});
