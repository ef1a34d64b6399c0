import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { takeRows } from "../../../src/table/take.ts";
import decimate from "../../../tasks/decimate.ts";
import { checkProperty } from "../../support/properties.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";
import { checkSignalCases, signalCases } from "../../support/signal-vectors.ts";
import { tables } from "../../support/tables.ts";

const tableOfX = (x: readonly number[]): Table =>
  makeTable([numericColumn("x", Float64Array.from(x))]);

test("results are scipy's to 1e-11 of the largest value, for both filters", async () => {
  await checkSignalCases(decimate, signalCases("decimate"), 1e-11);
});

test("every takes each n-th row of any column, and the same rows in any chunks", async (t) => {
  const cases: [Table, number, number[]][] = [];
  const factors = fc.integer({ min: 2, max: 9 });
  checkProperty(
    t,
    fc.property(tables, factors, fc.array(fc.nat(40), { maxLength: 4 }), (table, factor, cuts) => {
      cases.push([table, factor, cuts]);
    }),
  );
  for (const [table, factor, cuts] of cases) {
    const params = { factor, method: "every" };
    const rows = Uint32Array.from({ length: Math.ceil(table.rows / factor) }, (_, i) => i * factor);
    const whole = await tableOf(decimate, params, table);
    assert.equal(tableDifference(whole, takeRows(table, rows)), undefined);
    const parts = await chunkedTableOf(decimate, params, table, cuts);
    assert.equal(tableDifference(whole, parts), undefined);
  }
});

test("columns that are not signals lose rows and nothing else", async () => {
  const rows = Array.from({ length: 9 }, (_, row) => row);
  const table = makeTable([
    textColumn("name", rows.map(String)),
    numericColumn(
      "x",
      Float64Array.from(rows, () => 5),
    ),
    numericColumn(
      "n",
      BigInt64Array.from(rows, (row) => 2n ** 60n + BigInt(row)),
    ),
  ]);
  const params = { factor: 4, method: "fir", columns: ["x"], order: 2 };
  const result = await tableOf(decimate, params, table);
  assert.deepEqual(result.names, ["name", "x", "n"]);
  assert.deepEqual(valueAt(result.column("name"), 2), "8");
  assert.deepEqual(valueAt(result.column("n"), 1), 2n ** 60n + 4n);
  assert.ok(Math.abs(Number(valueAt(result.column("x"), 1)) - 5) < 1e-12);
});

test("no rows give none, and what cannot be decimated is refused by name", async () => {
  const columns = ["x"];
  assert.equal((await tableOf(decimate, { factor: 3, columns }, tableOfX([]))).rows, 0);
  const refused = (params: unknown, code: string, message: RegExp, table = tableOfX([1, 2])) =>
    assert.rejects(tableOf(decimate, params, table), { code, message });
  await refused({ factor: 1, columns }, "RTL_PARAMS_INVALID", /factor/);
  await refused({ factor: 2 }, "RTL_PARAMS_INVALID", /columns: name the signals/);
  await refused({ factor: 2, method: "every", columns }, "RTL_PARAMS_INVALID", /columns/);
  await refused({ factor: 2, method: "every", order: 3 }, "RTL_PARAMS_INVALID", /order/);
  await refused({ factor: 2, columns, order: 25 }, "RTL_PARAMS_INVALID", /order/);
  await refused({ factor: 2, columns: ["y"] }, "RTL_COLUMN_UNKNOWN", /"y"/);
  await refused({ factor: 2, columns }, "RTL_TABLE_INVALID", /more than 27 rows, not 2/);
  const holed = tableOfX([1, Number.NaN, 2]);
  await refused({ factor: 2, columns }, "RTL_TABLE_INVALID", /"x", row 1 is NaN/, holed);
});
