import assert from "node:assert/strict";
import { test } from "node:test";
import multiplyRows from "../../../tasks/multiply-rows.ts";
import { checkCuts, checkRefused, madeOf, numericTables } from "../../support/elementwise.ts";

for (const by of ["columns", "itself"]) {
  test(`multiplyRows by ${by} gives the same in chunks as on the whole`, (t) =>
    checkCuts(t, multiplyRows, { by }, numericTables("a", "b", "c")));
}

const given = { a: Float64Array.of(1, 5, Number.NaN), b: BigInt64Array.of(2n, 2n ** 40n, 3n) };

test("multiplyRows gives the product of each row as column 0, in the order of rows", async () => {
  assert.deepEqual(await madeOf(multiplyRows, {}, given), { 0: [2, 5 * 2 ** 40, "NaN"] });
});

test("multiplyRows by itself squares every number, as version 0.4 multiplied rows", async () => {
  assert.deepEqual(await madeOf(multiplyRows, { by: "itself" }, given), {
    0: [1, 25, "NaN"],
    1: [4, 2 ** 80, 9],
  });
});

test("multiplyRows refuses text and what is none of its ways", () =>
  checkRefused(multiplyRows, [
    ["RTL_TABLE_INVALID", {}],
    ["RTL_TABLE_INVALID", { by: "itself" }],
    ["RTL_PARAMS_INVALID", { by: "rows" }],
  ]));
