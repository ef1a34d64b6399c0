import assert from "node:assert/strict";
import { test } from "node:test";
import { numericColumn, textColumn } from "../../../src/table/column.ts";
import { makeTable } from "../../../src/table/table.ts";
import simplePlot from "../../../tasks/simple-plot.ts";
import { runTask } from "../../support/run-task.ts";

const table = makeTable([
  numericColumn("x", BigInt64Array.of(1n, 2n ** 60n)),
  numericColumn("y", Float64Array.of(0.5, Number.NaN), { validity: Uint8Array.of(0b01) }),
  textColumn("kind", ["a", "b"]),
]);
const draw = { x: "x", y: "y", type: "line", scale: "log", series: "kind" };

test("a plot has its points in row order, with nulls, and the axes of its first draw", async () => {
  const params = { plots: { one: [draw, { ...draw, y: "x", scale: "linear", series: null }] } };
  const { reports, table: passed } = await runTask(simplePlot, { params, part: "run" }, table);
  assert.equal(passed, table);
  assert.deepEqual(reports[0]?.plots, [
    {
      name: "one",
      draws: [
        { type: "line", x: [1, 2 ** 60], y: [0.5, null], series: ["a", "b"] },
        { type: "line", x: [1, 2 ** 60], y: [1, 2 ** 60], series: null },
      ],
      xAxis: "x",
      yAxis: "y",
      scale: "log",
    },
  ]);
});

test("each plot is a message of its own; one without draws or with a wrong column is refused", async () => {
  const params = { plots: { one: [draw], two: [draw] } };
  const { reports } = await runTask(simplePlot, { params, part: "run" }, table);
  assert.deepEqual(
    reports[0]?.plots.map(({ name }) => name),
    ["one", "two"],
  );
  const wrong = [{ one: [] }, { one: [{ ...draw, type: "pie" }] }, { one: [{ x: "x", y: "y" }] }];
  for (const plots of wrong) {
    const run = runTask(simplePlot, { params: { plots }, part: "run" }, table);
    await assert.rejects(run, { code: "RTL_PARAMS_INVALID" });
  }
  const unknown = { plots: { one: [{ ...draw, y: "z" }] } };
  const run = runTask(simplePlot, { params: unknown, part: "run" }, table);
  await assert.rejects(run, { code: "RTL_COLUMN_UNKNOWN" });
});
