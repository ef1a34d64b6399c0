import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { movingMedian } from "../../../src/compute/signal/moving-median.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { makeTable } from "../../../src/table/table.ts";
import medianFilter from "../../../tasks/median-filter.ts";
import { checkProperty } from "../../support/properties.ts";
import { tableOf } from "../../support/run-task.ts";
import { checkSignalCases, signalCases } from "../../support/signal-vectors.ts";

const operations = [{ a: "x" }];

test("results equal those of scipy's median_filter", async () => {
  await checkSignalCases(medianFilter, signalCases("columns", "medianFilter"), 0);
});

test("each result is the middle of its sorted neighbours, also where values repeat", (t) => {
  const lists = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })));
  checkProperty(
    t,
    fc.property(lists, fc.integer({ min: 0, max: 6 }), (list, half) => {
      const last = list.length - 1;
      const wanted = list.map((_, row) => {
        const around = Array.from({ length: 2 * half + 1 }, (_, i) => {
          return list[Math.min(last, Math.max(0, row - half + i))] ?? 0;
        });
        return (around.sort((a, b) => a - b)[half] ?? 0) + 0;
      });
      const got = movingMedian(Float64Array.from(list), 2 * half + 1);
      assert.deepEqual(
        Array.from(got, (value) => value + 0),
        wanted,
      );
    }),
  );
});

test("an even size, and NaN, are refused by name", async () => {
  const table = makeTable([numericColumn("x", Float64Array.of(1, Number.NaN))]);
  const even = tableOf(medianFilter, { operations, size: 4 }, table);
  await assert.rejects(even, { code: "RTL_PARAMS_INVALID", message: /size: give an odd number/ });
  const holed = tableOf(medianFilter, { operations }, table);
  await assert.rejects(holed, { code: "RTL_TABLE_INVALID", message: /"x", row 1 is NaN/ });
});
