import assert from "node:assert/strict";
import { test } from "node:test";
import { numericColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import describe from "../../../tasks/describe.ts";
import { tableOf } from "../../support/run-task.ts";
import { orderReference } from "../../support/vector-cases.ts";

const row = (table: Table, index = 0): Value[] =>
  table.columns.map((column) => valueAt(column, index));

test("the statistics are those of pandas", async () => {
  const { input, cases } = orderReference("describe");
  for (const { params, expect } of cases) {
    const result = await tableOf(describe, params, input);
    assert.equal(tableDifference(expect, result, { relative: 1e-12 }), undefined);
  }
});

test("text and boolean columns are left out unless they are named", async () => {
  const table = tableFromContents({ t: ["x"], b: [true], x: [1.5] });
  assert.deepEqual(row(await tableOf(describe, {}, table))[0], "x");
  assert.equal((await tableOf(describe, {}, table)).rows, 1);
  const named = await tableOf(describe, { columns: ["b"] }, table);
  assert.deepEqual(row(named).slice(0, 5), ["b", 1n, 0n, 0n, 1]);
  await assert.rejects(tableOf(describe, { columns: ["t"] }, table), {
    code: "RTL_TABLE_INVALID",
    message: /describe needs numbers, but column "t" is text/,
  });
});

test("NaN and missing values are counted by themselves and nowhere else", async () => {
  const table = tableFromContents({ x: [1.5, Number.NaN, null, 3.5] });
  assert.deepEqual(row(await tableOf(describe, { percentiles: [0, 0.125] }, table)), [
    ...["x", 2n, 1n, 1n, 2.5, Math.SQRT2, 1.5, 1.5, 1.75, 3.5],
  ]);
  const result = await tableOf(describe, { percentiles: [0.125, 1] }, table);
  assert.deepEqual(result.names.slice(7, 9), ["12.5%", "100%"]);
});

test("where nothing counts there is no value, and one value has no spread", async () => {
  const table = makeTable([numericColumn("x", Float64Array.of())]);
  assert.deepEqual(row(await tableOf(describe, {}, table)), [
    ...["x", 0n, 0n, 0n, null, null, null, null, null, null, null],
  ]);
  const one = makeTable([numericColumn("x", Int16Array.of(-3))]);
  assert.deepEqual(row(await tableOf(describe, {}, one)), [
    ...["x", 1n, 0n, 0n, -3, null, -3, -3, -3, -3, -3],
  ]);
});

test("a table without numbers has nothing to describe", async () => {
  const result = await tableOf(describe, {}, tableFromContents({ t: ["x"] }));
  assert.equal(result.rows, 0);
  assert.deepEqual(result.names.slice(0, 4), ["column", "count", "nulls", "nan"]);
});
