/** What is known of how long work takes, from one job to the next. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stage } from "../../../src/flow/plan.ts";
import { Means } from "../../../src/relay/means.ts";

const stageOf = (params: unknown, task = "wait"): Stage =>
  ({ calls: [{ task, params, part: "run" }] }) as unknown as Stage;

test("a job's work is expected to take as long as the same work did, and another's is not known", () => {
  const means = new Means();
  means.learn(stageOf({ ms: 5 }), { ms: 5, units: 100 });
  assert.equal(means.of(stageOf({ ms: 5 })), 5);
  assert.equal(means.of(stageOf({ ms: 5_000 })), undefined);
  assert.equal(means.of(stageOf({ ms: 5 }, "other")), undefined);
});

test("a piece twice as large takes twice as long; one of unknown size is not known", () => {
  const means = new Means();
  means.learn(stageOf({}), { ms: 5, units: 100 });
  assert.equal(means.ofUnits(stageOf({}), 200), 10);
  assert.equal(means.ofUnits(stageOf({}), 0), undefined);
  means.learn(stageOf({}), { ms: 5, units: 0 });
  assert.equal(means.ofUnits(stageOf({}), 200), undefined);
});

test("what was learnt longest ago is forgotten first, and huge parameters are not kept", () => {
  const means = new Means();
  const first = stageOf(-1);
  means.learn(first, { ms: 1, units: 1 });
  for (let at = 0; at < 1_000; at++) means.learn(stageOf(at), { ms: at, units: 1 });
  assert.equal(means.of(first), undefined);
  assert.equal(means.of(stageOf(0)), 0);
  means.learn(stageOf("x".repeat(5_000)), { ms: 1, units: 1 });
  assert.equal(means.of(stageOf("x".repeat(5_000))), undefined);
});
