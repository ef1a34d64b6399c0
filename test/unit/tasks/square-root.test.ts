import assert from "node:assert/strict";
import { test } from "node:test";
import { numericColumn } from "../../../src/table/column.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { makeTable } from "../../../src/table/table.ts";
import squareRoot from "../../../tasks/square-root.ts";
import { checkCuts, checkRefused, madeOf, numericTables } from "../../support/elementwise.ts";
import { tableOf } from "../../support/run-task.ts";

const operations = [{ a: "a", column: "c" }];

test("squareRoot gives the same in chunks as on the whole, also of its own results", (t) =>
  checkCuts(
    t,
    squareRoot,
    { operations: [...operations, { a: "c", column: "d" }] },
    numericTables("a"),
  ));

test("squareRoot refuses unknown columns, text, taken names and unknown keys", () =>
  checkRefused(squareRoot, [
    ["RTL_COLUMN_UNKNOWN", { operations: [{ a: "missing", column: "c" }] }],
    ["RTL_TABLE_INVALID", { operations: [{ a: "t", column: "c" }] }],
    ["RTL_TABLE_INVALID", { operations: [{ a: "a", column: "t" }] }],
    ["RTL_TABLE_INVALID", { operations: [...operations, ...operations] }],
    ["RTL_PARAMS_INVALID", { operations: [{ a: "a", b: 1, column: "c" }] }],
    ["RTL_PARAMS_INVALID", {}],
  ]));

test("a row without a value stays without one", async () => {
  const a = numericColumn("a", Int32Array.of(1, 4, 1), { validity: Uint8Array.of(0b101) });
  const result = tableToJson(await tableOf(squareRoot, { operations }, makeTable([a])));
  assert.deepEqual(result.columns["c"], { dtype: "<f8", values: [1, null, 1] });
});

test("squareRoot of a negative number is NaN, and every root is the nearest float64", async () => {
  const a = Float64Array.of(-4, 2, 1e-300, Infinity, Number.NaN, 5e-324);
  const { c } = await madeOf(squareRoot, { operations }, { a });
  assert.deepEqual(c, ["NaN", Math.SQRT2, 1e-150, "Infinity", "NaN", 2 ** -537]);
});

test("squareRoot takes whole numbers and booleans", async () => {
  const a = BigInt64Array.of(9n, 2n ** 62n);
  assert.deepEqual((await madeOf(squareRoot, { operations }, { a }))["c"], [3, 2 ** 31]);
});
