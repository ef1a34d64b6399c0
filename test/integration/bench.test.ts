/** The benchmark programs at their smallest: they run, and check what they measure. No time counts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { workloads } from "../../bench/workloads.ts";

describe("bench", () => {
  for (const workload of workloads) {
    test(`${workload.name} gives figures beside a baseline of the same run`, async () => {
      const figures = await workload.run({}, "tiny");
      assert.ok(figures.length > 0);
      for (const { name, ours, baseline, ratio, against } of figures) {
        assert.ok(ours.median > 0 && ours.min <= ours.median, name);
        assert.ok(baseline.median > 0 && against !== "", name);
        assert.ok(Number.isFinite(ratio) && ratio > 0, name);
      }
    });
  }
});
