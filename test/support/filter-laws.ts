/** What the tests of lowPass, highPass, bandPass and bandStop have in common. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { numericColumn, valueAt } from "../../src/table/column.ts";
import { makeTable, type Table } from "../../src/table/table.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import type { FilterParams } from "../../src/task/filter-task.ts";
import { checkProperty } from "./properties.ts";
import { tableOf } from "./run-task.ts";

type FilterTask = TaskDefinition<FilterParams>;

const edgesOf = ({ name }: FilterTask) =>
  name === "lowPass" || name === "highPass" ? { cutoff: 8 } : { low: 8, high: 20 };
const tableOfX = (x: readonly number[]): Table =>
  makeTable([numericColumn("x", Float64Array.from(x))]);

async function filtered(
  task: FilterTask,
  x: readonly number[],
  options: { readonly order?: number; readonly zeroPhase?: boolean } = {},
): Promise<number[]> {
  const params = { operations: [{ a: "x", column: "y" }], rate: 100, ...edgesOf(task), ...options };
  const column = (await tableOf(task, params, tableOfX(x))).column("y");
  return x.map((_, row) => Number(valueAt(column, row)));
}

/** A filter of a sum is the sum of the filtered; forwards and backwards it does not matter whence. */
export async function checkFilterLaws(t: TestContext, task: FilterTask): Promise<void> {
  const lists = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
    minLength: 40,
    maxLength: 90,
  });
  const cases: [number[], number][] = [];
  const factor = fc.double({ min: -4, max: 4, noNaN: true });
  checkProperty(
    t,
    fc.property(lists, factor, (x, by) => void cases.push([x, by])),
    40,
  );
  for (const [x, by] of cases) {
    const other = x.map((value, row) => Math.sin(row) + value / 7);
    const together = x.map((value, row) => value + by * (other[row] ?? 0));
    for (const zeroPhase of [true, false]) {
      const [one, two] = [
        await filtered(task, x, { zeroPhase, order: 2 }),
        await filtered(task, other, { zeroPhase, order: 2 }),
      ];
      const both = await filtered(task, together, { zeroPhase, order: 2 });
      both.forEach((value, row) => {
        assert.ok(Math.abs(value - (one[row] ?? 0) - by * (two[row] ?? 0)) < 1e-8, `row ${row}`);
      });
    }
  }
  // A pulse far from both ends comes out symmetric, around where it was.
  const pulse = Array.from({ length: 801 }, (_, row) => (row === 400 ? 1 : 0));
  const response = await filtered(task, pulse);
  response.forEach((value, row) => {
    assert.ok(Math.abs(value - (response[800 - row] ?? 0)) < 1e-9, `row ${row}`);
  });
  assert.equal(response.indexOf(Math.max(...response)), 400);
}

/** What no filter can do is refused, and the parameter or the rows are named. */
export async function checkFilterRefusals(task: FilterTask): Promise<void> {
  const edges = edgesOf(task);
  const times = [0, 0.01, 0.02, 0.03, 0.04];
  const table = makeTable([
    numericColumn("x", Float64Array.of(1, 2, 3, 4, 5)),
    numericColumn("t", Float64Array.from(times)),
    numericColumn(
      "fast",
      Float64Array.from(times, (time) => time * 10),
    ),
  ]);
  const operations = [{ a: "x" }];
  const zeroPhase = false;
  const refused = (params: object, code: string, message: RegExp) =>
    assert.rejects(tableOf(task, { operations, zeroPhase, ...edges, ...params }, table), {
      code,
      message,
    });
  const edge = "low" in edges ? "high" : "cutoff";
  await refused({ rate: 16 }, "RTL_PARAMS_INVALID", /is not below half the rate, 8 Hz/);
  await refused(
    { rate: 100, [edge]: 50 },
    "RTL_PARAMS_INVALID",
    new RegExp(`${edge}: 50 Hz is not`),
  );
  await refused(
    { time: "fast" },
    "RTL_PARAMS_INVALID",
    /: (cutoff|low): 8 Hz is not below half the/,
  );
  await refused({ rate: 100, [edge]: -1 }, "RTL_PARAMS_INVALID", new RegExp(edge));
  await refused({}, "RTL_PARAMS_INVALID", /rate, in Hz, or time/);
  await refused({ rate: 100, time: "t" }, "RTL_PARAMS_INVALID", /not both/);
  await refused({ rate: 100, order: 0 }, "RTL_PARAMS_INVALID", /order/);
  await refused({ rate: 100, zeroPhase: true }, "RTL_TABLE_INVALID", /more than \d+ rows, not 5/);
  if (edge === "high") {
    await refused(
      { rate: 100, low: 20 },
      "RTL_PARAMS_INVALID",
      /low: 20 Hz is not below high, 20 Hz/,
    );
  }
  const holed = makeTable([numericColumn("x", Float64Array.of(1, Number.NaN))]);
  const params = { operations, zeroPhase, rate: 100, ...edges };
  const code = "RTL_TABLE_INVALID";
  await assert.rejects(tableOf(task, params, holed), { code, message: /"x", row 1 is NaN/ });
  // No rows and one row are signals too.
  assert.equal((await tableOf(task, { ...params, zeroPhase: true }, tableOfX([]))).rows, 0);
  assert.equal((await tableOf(task, params, tableOfX([3]))).rows, 1);
  const timed = await tableOf(task, { operations, zeroPhase, ...edges, time: "t" }, table);
  const given = await tableOf(task, { operations, zeroPhase, ...edges, rate: 100 }, table);
  const name = timed.names.at(-1) ?? "";
  for (let row = 0; row < 5; row++) {
    const [one, other] = [timed, given].map((made) => Number(valueAt(made.column(name), row)));
    assert.ok(Math.abs((one ?? 0) - (other ?? 1)) < 1e-9);
  }
}
