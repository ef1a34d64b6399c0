import assert from "node:assert/strict";
import { test } from "node:test";
import { tallySeeds } from "./tally.ts";

const from = 1;
const count = 200;

test(`jobs settle once and rightly under faults, seeds ${from} to ${from + count - 1}`, () => {
  const { faults, outcomes, injected } = tallySeeds(from, count);
  assert.deepEqual(faults, []);
  assert.deepEqual(Object.keys(outcomes).sort(), ["cancelled", "completed", "failed"]);
  for (const [kind, times] of Object.entries(injected)) assert.ok(times > 0, `no ${kind}`);
});
