/** Tasks that see a whole column, in whole jobs: the real planner, job loop and runner of orders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "../../../src/protocol/document.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { makeTable } from "../../../src/table/table.ts";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { projectPath } from "../../support/project.ts";
import { runDocument } from "../../support/run-document.ts";

const { library } = await loadLibrary([projectPath("dist", "tasks")]);
const rows = 1_000;
const input = makeTable([
  numericColumn(
    "i",
    BigInt64Array.from({ length: rows }, (_, row) => BigInt((row * 7_919) % 1_013)),
  ),
  numericColumn(
    "x",
    Float64Array.from({ length: rows }, (_, row) => row / 8 + (row % 3)),
  ),
]);

const run = (chunks: number, tasks: readonly object[]) => {
  const spec = parseSpec({ version: 1, stages: { only: { tasks, split: { chunks } } } });
  // The last of what is ready or finished comes first: chunks end in another order than they begin.
  return runDocument(spec, { library, input, choose: (count) => count - 1 });
};

test("a chain of folds over many chunks gives what one chunk gives, and says the same", async () => {
  const tasks = [
    { histogram: { operations: [{ a: "x", bins: "scott", column: "bin" }] } },
    { columnSpace: { column: "i", space: "linear" } },
    { difference: { operations: [{ a: "i", column: "step", lag: 130 }] } },
    { average: { operations: [{ a: "i", column: "mean" }] } },
    { regression: { operations: [{ x: "x", y: "i", space: "linear", model: "Poly", d: 2 }] } },
    { regression: { operations: [{ x: "i", y: "bin", space: "log", model: "Linear" }] } },
    { normalize: { columns: ["x"], model: "Squash", weight: null } },
  ];
  const whole = await run(1, tasks);
  const parts = await run(9, tasks);
  assert.equal(tableDifference(whole.table, parts.table, { relative: 1e-9 }), undefined);
  assert.equal(whole.lines.length, 3);
  assert.equal(parts.lines.length, 3);
  const applied = parts.stages.filter(({ calls }) => calls.some((call) => call.endsWith(":apply")));
  assert.equal(applied.length, tasks.length);
  for (const { calls, chunks } of applied) assert.equal(chunks, 9, calls.join());
});

test("counts are made in chunks and joined, and windows see all rows", async () => {
  const tasks = [
    {
      window: {
        operations: [
          { method: "rollingMean", a: "i", column: "smooth", rows: 40, minRows: 1 },
          { method: "cumulativeMax", a: "x", column: "top", by: "i" },
        ],
      },
    },
    { histogramCounts: { a: "smooth", bins: 20, range: [0, 1_013] } },
  ];
  const whole = await run(1, tasks);
  const parts = await run(7, tasks);
  assert.equal(tableDifference(whole.table, parts.table), undefined);
  assert.equal(parts.table.rows, 20);
});
