import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSeed } from "./check.ts";

const from = 1;
const count = 200;

test(`jobs settle once and rightly under faults, seeds ${from} to ${from + count - 1}`, () => {
  const outcomes = new Set<string>();
  for (let seed = from; seed < from + count; seed++) outcomes.add(checkSeed(seed).outcome.state);
  assert.deepEqual([...outcomes].sort(), ["cancelled", "completed", "failed"]);
});
