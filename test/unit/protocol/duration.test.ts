// Durations as people write them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs } from "../../../src/protocol/duration.ts";

test("a number with a unit is a duration in milliseconds", () => {
  const cases = { "500ms": 500, "30s": 30_000, "5m": 300_000, "1h": 3_600_000, "2d": 172_800_000 };
  for (const [text, ms] of Object.entries(cases)) assert.equal(durationMs(text), ms, text);
  assert.equal(durationMs("1.5s"), 1_500);
  assert.equal(durationMs(" 3 s "), 3_000);
});

test("a text without a number or a known unit is no duration", () => {
  for (const text of [
    "",
    "5",
    "s",
    "-5s",
    "5 weeks",
    "1e3s",
    "0x5s",
    "5S",
    "1s2s",
    "9".repeat(15),
  ]) {
    assert.equal(durationMs(text), undefined, text);
  }
  assert.equal(durationMs(`${"9".repeat(15)}d`), undefined);
});
