/** Whose job goes next: turns between submitters, then between each submitter's jobs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Candidate, pick } from "../../../src/flow/pick.ts";
import type { JobId, Millis } from "../../../src/protocol/ids.ts";
import { JobLoop } from "../../../src/relay/job-loop.ts";
import { Queue } from "../../../src/relay/queue.ts";
import { inlineRef, tableOf } from "../../support/orders.ts";
import { planned, spec } from "../flow/catalog.ts";

const plan = planned(spec(["only", [], "add"]));
const input = inlineRef(tableOf(1));
const nothing = () => undefined;
const ports = {
  publish: nothing,
  revoke: nothing,
  letGo: nothing,
  keep: () => ({ rows: 0, json: {} }),
  stageReleased: nothing,
  bury: async () => undefined,
  settled: nothing,
};

/** A job named after its submitter: "ann-1" is one of ann's. */
function loopOf(name: string, priority = 5): JobLoop {
  const about = { submitter: name.split("-")[0] ?? name, ephemeral: false };
  return new JobLoop({ ...plan, job: name as JobId, priority }, input, about, ports, 0 as Millis);
}
function queueOf(...loops: readonly JobLoop[]): Queue {
  const queue = new Queue();
  for (const loop of loops) queue.add(loop);
  return queue;
}
/** The next jobs, one a millisecond, up to `count`. */
function served(queue: Queue, count: number, without: readonly JobLoop[] = []): string[] {
  const names: string[] = [];
  for (let at = 1; at <= count; at++) {
    const choose = (candidates: readonly Candidate[]) => pick(candidates, at as Millis);
    const loop = queue.next(choose, new Set(without), at as Millis);
    if (loop !== undefined) names.push(loop.job);
  }
  return names;
}

test("nothing comes out of an empty queue, and nobody is asked to choose from nothing", () => {
  assert.deepEqual(served(queueOf(), 2), []);
});

test("submitters take turns, however many jobs one of them has", () => {
  const queue = queueOf(loopOf("ann-1"), loopOf("ann-2"), loopOf("ann-3"), loopOf("bob-1"));
  const names = served(queue, 8);
  assert.equal(names.filter((name) => name === "bob-1").length, 4);
  assert.deepEqual(
    names.filter((name) => name !== "bob-1"),
    ["ann-1", "ann-2", "ann-3", "ann-1"],
  );
});

test("only the head of each line is a candidate, so that choosing costs no jobs", () => {
  const queue = queueOf(...Array.from({ length: 100 }, (_, at) => loopOf(`ann-${at}`)));
  queue.add(loopOf("ann-urgent", 9));
  queue.add(loopOf("bob-1"));
  let shown: readonly Candidate[] = [];
  queue.next(
    (candidates) => {
      shown = candidates;
      return undefined;
    },
    new Set(),
    1 as Millis,
  );
  assert.deepEqual(
    shown.map(({ job }) => String(job)),
    ["ann-0", "ann-urgent", "bob-1"],
  );
});

test("the more urgent job of a submitter goes first, whenever it came", () => {
  const queue = queueOf(loopOf("ann-1"), loopOf("ann-urgent", 9));
  assert.deepEqual(served(queue, 3), ["ann-urgent", "ann-urgent", "ann-urgent"]);
});

test("a job that is left out gives its place to the next of its line and keeps its own", () => {
  const [first, second] = [loopOf("ann-1"), loopOf("ann-2")];
  const queue = queueOf(first, second);
  assert.deepEqual(served(queue, 1, [first]), ["ann-2"]);
  assert.deepEqual(served(queue, 1, [first, second]), []);
  assert.deepEqual(served(queue, 2), ["ann-1", "ann-2"]);
});

test("a job that was removed does not come, and one that was added twice comes once a turn", () => {
  const [first, second] = [loopOf("ann-1"), loopOf("ann-2")];
  const queue = queueOf(first, second, first);
  assert.deepEqual(served(queue, 3), ["ann-1", "ann-2", "ann-1"]);
  queue.remove(first);
  queue.remove(first);
  assert.deepEqual(served(queue, 2), ["ann-2", "ann-2"]);
  queue.remove(second);
  assert.deepEqual(served(queue, 1), []);
});
