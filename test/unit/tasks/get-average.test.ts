import assert from "node:assert/strict";
import { test } from "node:test";
import getAverage from "../../../tasks/get-average.ts";
import { checkCuts, checkRefused, madeOf, numericTables } from "../../support/elementwise.ts";

test("getAverage gives the same in chunks as on the whole", (t) =>
  checkCuts(t, getAverage, {}, numericTables("a", "b", "c")));

test("getAverage gives the mean of each row as column 0, in the order of rows", async () => {
  const given = { a: Float64Array.of(1, 5, Number.NaN), b: BigInt64Array.of(2n, 4n, 1n) };
  assert.deepEqual(await madeOf(getAverage, { any: "thing" }, given), { 0: [1.5, 4.5, "NaN"] });
});

test("getAverage refuses text", () => checkRefused(getAverage, [["RTL_TABLE_INVALID", {}]]));
