// The system's clock never goes back; the tests' clock goes where it is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSystemClock, systemClock } from "../../../src/host/clock.ts";
import { manualClock } from "../../support/manual-clock.ts";

test("the clock goes on at its own pace when the wall clock is set back", () => {
  let wall = 1_000_000;
  let steady = 0;
  const clock = createSystemClock(
    () => wall,
    () => steady,
  );
  assert.equal(clock.now(), 1_000_000);
  wall -= 3_600_000;
  steady += 250;
  assert.equal(clock.now(), 1_000_250);
});

test("the clock follows when the wall clock is set forward", () => {
  let wall = 0;
  const clock = createSystemClock(
    () => wall,
    () => 5,
  );
  wall = 1_700_000_000_000;
  assert.equal(clock.now(), 1_700_000_000_000);
});

test("the system clock calls again and again until it is stopped", async () => {
  const held = setInterval(() => undefined, 1_000);
  let calls = 0;
  await new Promise<void>((resolve) => {
    const stop = systemClock.every(1, () => {
      calls += 1;
      if (calls < 3) return;
      stop();
      resolve();
    });
  });
  clearInterval(held);
  assert.equal(calls, 3);
});

test("the manual clock calls what is due in order of time and stops what is stopped", () => {
  const clock = manualClock(0);
  const calls: string[] = [];
  const stop = clock.every(10, () => calls.push(`a${clock.now()}`));
  clock.every(15, () => calls.push(`b${clock.now()}`));
  clock.advance(30);
  assert.deepEqual(calls, ["a10", "b15", "a20", "a30", "b30"]);
  stop();
  assert.equal(clock.beats, 1);
  clock.advance(15);
  assert.deepEqual(calls.slice(5), ["b45"]);
});
