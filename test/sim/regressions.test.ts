import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSeed } from "./check.ts";
import { checkStrike, type Strike } from "./relays/strikes.ts";

const pauseMs = 2_500;

const strikes: readonly (readonly [name: string, strike: Strike])[] = [
  [
    "a relay that stood still claims a job that another has from it by now",
    {
      setup: "input",
      blows: [
        { at: 13, how: "before" },
        { at: 9, how: "pause", pauseMs },
      ],
      seed: 1893,
    },
  ],
  [
    "a relay dies when it has ended what runs, and before it has kept why",
    { setup: "cancelled", blows: [{ at: 24, how: "pause", pauseMs }], seed: 1 },
  ],
  [
    "a relay dies between the end of a job and letting go of what it left on the nodes",
    { setup: "fails", blows: [{ at: 22, how: "after" }], seed: 1 },
  ],
  [
    "a job is handed in again while its relay stands still, and its input is kept twice",
    { setup: "input", blows: [{ at: 3, how: "pause", pauseMs }], seed: 1 },
  ],
  [
    "a relay dies between the last event of a job and removing the input from the store",
    {
      setup: "input",
      blows: [
        { at: 32, how: "before", pauseMs },
        { at: 8, how: "after", pauseMs },
      ],
      seed: 631,
    },
  ],
];

for (const [name, strike] of strikes) {
  test(name, async () => {
    const { struck } = await checkStrike(strike);
    assert.equal(struck, strike.blows.length);
  });
}

test("of two relays that look for the jobs of a third at the same time, one gets each", async () => {
  const blows = [
    { at: 33, how: "after" },
    { at: 10_000, how: "after" },
  ] as const;
  const { struck, record } = await checkStrike({ setup: "slow", blows, seed: 263 });
  assert.deepEqual([struck, record?.takeovers], [1, 1]);
});

test("seeds that once went wrong go right", () => {
  for (const seed of [365]) checkSeed(seed);
});

for (const [name, seed] of [
  ["what was spared before its chunks were known is cut as it would have been", 9_788],
  ["rows of what was spared are counted when it is made again", 2_843],
  ["rows of what was spared are counted, however it was cut", 11_131],
  ["a block that is gone is not committed again by a copy of the news of it", 7_750],
] as const) {
  test(name, () => void checkSeed(seed));
}
