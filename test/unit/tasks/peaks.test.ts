import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findPeaks } from "../../../src/compute/signal/peaks.ts";
import { numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import peaks from "../../../tasks/peaks.ts";
import { checkProperty } from "../../support/properties.ts";
import { tableOf } from "../../support/run-task.ts";
import { checkSignalCases, signalCases } from "../../support/signal-vectors.ts";

const tableOfX = (...x: number[]): Table => makeTable([numericColumn("x", Float64Array.from(x))]);

test("peaks are those of scipy's find_peaks, measured alike to 1e-14", async () => {
  await checkSignalCases(peaks, signalCases("peaks"), 1e-14);
});

test("prominence is what its definition says, over any hills", (t) => {
  const hills = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });
  checkProperty(
    t,
    fc.property(hills, (list) => {
      const found = findPeaks(Float64Array.from(list), {}, 0.5);
      found.rows.forEach((row, index) => {
        const top = list[row] ?? 0;
        const lowest = (step: number) => {
          let low = top;
          for (let i = row; i >= 0 && i < list.length && (list[i] ?? 0) <= top; i += step) {
            low = Math.min(low, list[i] ?? 0);
          }
          return low;
        };
        assert.equal(found.prominences[index], top - Math.max(lowest(-1), lowest(1)));
      });
    }),
  );
});

test("no peaks are a table too: of none, one or two rows, a slope, a constant", async () => {
  for (const x of [[], [1], [1, 2], [1, 2, 3], [2, 2, 2], [3, 1, 1, 3]]) {
    const result = await tableOf(peaks, { a: "x", rate: 10 }, tableOfX(...x));
    assert.deepEqual(
      [result.rows, result.names],
      [0, ["row", "time", "height", "prominence", "width"]],
    );
  }
});

test("times come from the rate, in seconds, or from a column as it is", async () => {
  const x = numericColumn("x", Int32Array.of(0, 1, 0, 5, 0));
  const exact = BigInt64Array.from([1n, 2n, 3n, 4n, 5n], (value) => 2n ** 60n + value);
  const table = makeTable([x, numericColumn("when", exact)]);
  const rated = await tableOf(peaks, { a: "x", rate: 4 }, table);
  assert.deepEqual(
    [0, 1].map((row) => valueAt(rated.column("time"), row)),
    [0.25, 0.75],
  );
  const timed = await tableOf(peaks, { a: "x", time: "when" }, table);
  assert.equal(valueAt(timed.column("time"), 1), 2n ** 60n + 4n);
});

test("of equal peaks that are too close the last stays", async () => {
  const result = await tableOf(peaks, { a: "x", distance: 3 }, tableOfX(0, 1, 0, 1, 0, 1, 0));
  const rows = Array.from({ length: result.rows }, (_, row) => valueAt(result.column("row"), row));
  assert.deepEqual(rows, [1n, 5n]);
});

test("wrong conditions and signals with holes are refused by name", async () => {
  const refused = (params: object, code: string, message: RegExp, table = tableOfX(1, 2, 1)) =>
    assert.rejects(tableOf(peaks, { a: "x", ...params }, table), { code, message });
  await refused({ height: "high" }, "RTL_PARAMS_INVALID", /height: give the least value/);
  await refused({ width: [1, 2, 3] }, "RTL_PARAMS_INVALID", /width/);
  await refused({ distance: 0.5 }, "RTL_PARAMS_INVALID", /distance/);
  await refused({ relativeHeight: -1 }, "RTL_PARAMS_INVALID", /relativeHeight/);
  await refused({ rate: 1, time: "x" }, "RTL_PARAMS_INVALID", /not both/);
  await refused({}, "RTL_TABLE_INVALID", /"x", row 1 is NaN/, tableOfX(1, Number.NaN));
  await refused({}, "RTL_TABLE_INVALID", /text/, makeTable([textColumn("x", ["a"])]));
});
