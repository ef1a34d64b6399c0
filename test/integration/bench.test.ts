/** The benchmark programs at their smallest: they run, and check what they measure. No time counts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Figure } from "../../bench/figure.ts";
import { kernels } from "../../bench/kernels.ts";
import { workloads } from "../../bench/workloads.ts";

function check(figures: readonly Figure[]): void {
  assert.ok(figures.length > 0);
  for (const { name, ours, baseline, ratio, against } of figures) {
    assert.ok(ours.median > 0 && ours.min <= ours.median, name);
    assert.ok(baseline.median > 0 && against !== "", name);
    assert.ok(Number.isFinite(ratio) && ratio > 0, name);
  }
}

describe("bench", () => {
  for (const workload of workloads) {
    test(`${workload.name} gives figures beside a baseline of the same run`, async () => {
      check(await workload.run({}, "tiny"));
    });
  }

  test("kernels are checked against plain loops, and have no aim, where numpy is absent", async () => {
    const figures = await kernels.run({ pythons: [] }, "tiny");
    check(figures);
    for (const { name, against, aim, unit } of figures) {
      assert.match(against, /no numpy was found/, name);
      assert.ok(aim === undefined || unit === "MB/s", name);
    }
  });
});
