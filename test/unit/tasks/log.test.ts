import assert from "node:assert/strict";
import { test } from "node:test";
import { numericColumn } from "../../../src/table/column.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { makeTable } from "../../../src/table/table.ts";
import log from "../../../tasks/log.ts";
import { checkCuts, checkRefused, madeOf, numericTables } from "../../support/elementwise.ts";
import { tableOf } from "../../support/run-task.ts";

const operations = [{ a: "a", column: "c" }];

test("log gives the same in chunks as on the whole, also of its own results", (t) =>
  checkCuts(t, log, { operations: [...operations, { a: "c", column: "d" }] }, numericTables("a")));

test("log refuses unknown columns, text, taken names and unknown keys", () =>
  checkRefused(log, [
    ["RTL_COLUMN_UNKNOWN", { operations: [{ a: "missing", column: "c" }] }],
    ["RTL_TABLE_INVALID", { operations: [{ a: "t", column: "c" }] }],
    ["RTL_TABLE_INVALID", { operations: [{ a: "a", column: "t" }] }],
    ["RTL_TABLE_INVALID", { operations: [...operations, ...operations] }],
    ["RTL_PARAMS_INVALID", { operations: [{ a: "a", b: 1, column: "c" }] }],
    ["RTL_PARAMS_INVALID", {}],
  ]));

test("a row without a value stays without one", async () => {
  const a = numericColumn("a", Int32Array.of(1, 4, 1), { validity: Uint8Array.of(0b101) });
  const result = tableToJson(await tableOf(log, { operations }, makeTable([a])));
  assert.deepEqual(result.columns["c"], { dtype: "<f8", values: [0, null, 0] });
});

test("log of 0 is -Infinity, of a negative number NaN, of 1 exactly 0", async () => {
  const { c } = await madeOf(log, { operations }, { a: Float64Array.of(0, -0, -1, 1, Infinity) });
  assert.deepEqual(c, ["-Infinity", "-Infinity", "NaN", 0, "Infinity"]);
});

test("log of whole numbers beyond 2^53 is that of the nearest float64", async () => {
  const a = BigInt64Array.of(2n ** 62n, 2n ** 53n + 1n);
  const { c } = await madeOf(log, { operations }, { a });
  [62 * Math.LN2, 53 * Math.LN2].forEach((expected, row) => {
    assert.ok(Math.abs(Number(c?.[row]) - expected) <= 1e-14 * expected);
  });
});
