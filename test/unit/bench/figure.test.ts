/** What the bench makes of its measurements. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { figureOf, spreadOf } from "../../../bench/figure.ts";
import { figureTable } from "../../../bench/figure-table.ts";

test("the spread of measurements does not depend on their order", () => {
  assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, p99: 4, min: 1, max: 4, count: 4 });
  assert.deepEqual(spreadOf([5]), { median: 5, p99: 5, min: 5, max: 5, count: 1 });
  assert.throws(() => spreadOf([]), /nothing was measured/);
});

test("the ratio is the median of the rounds' own ratios, so that one noisy round does not count", () => {
  const figure = figureOf({
    name: "thing",
    unit: "ms",
    rounds: [
      { ours: [2], baseline: [1] },
      { ours: [200], baseline: [100] },
      { ours: [90], baseline: [3] },
    ],
    against: "less",
    aim: { text: "≤ 2 ×", of: "ratio", atMost: 2 },
  });
  assert.equal(figure.ratio, 2);
  assert.equal(figure.reached, true);
});

test("an aim of our own figure is missed from below and from above", () => {
  const rounds = [{ ours: [10], baseline: [5] }];
  const parts = { name: "thing", unit: "/s", rounds, against: "more" } as const;
  const atLeast = figureOf({ ...parts, aim: { text: "", of: "ours", atLeast: 11 } });
  const atMost = figureOf({ ...parts, aim: { text: "", of: "ours", atMost: 9 } });
  assert.deepEqual([atLeast.reached, atMost.reached], [false, false]);
});

test("the table shows a figure in one line, with its aim and whether it is reached", () => {
  const rounds = [{ ours: [12_345.6, 12_400], baseline: [50_000] }];
  const aim = { text: "≥ 8,000/s", of: "ours", atLeast: 8_000 } as const;
  const figure = figureOf({ name: "jobs", unit: "/s", rounds, against: "bare", aim });
  const [head = "", line = ""] = figureTable([figure]).split("\n");
  assert.match(head, /^workload +median/);
  assert.match(
    line,
    /^jobs +12,373\/s +12,346–12,400 +50,000\/s bare +0\.247 × +≥ 8,000\/s +reached/,
  );
});
