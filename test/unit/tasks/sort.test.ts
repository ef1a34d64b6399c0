import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { takeRows } from "../../../src/table/take.ts";
import sort from "../../../tasks/sort.ts";
import { crowdedTables, cutsWithin, drawn, orderOf } from "../../support/row-order.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";
import { checkVectors, orderReference } from "../../support/vector-cases.ts";

const historical = (column: string) => ({ axis: -1, method: "heapsort", column });
const someTables = fc.oneof(
  tables.filter(({ columns }) => columns.length > 0),
  crowdedTables({ minLength: 1, maxLength: 4 }),
);

test("the vectors hold on whole tables and in chunks", () => checkVectors(sort));

test("rows by any columns come as comparing value by value puts them, and ties in row order", async (t) => {
  const flags = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });
  for (const [table, down, cuts] of drawn(t, fc.tuple(someTables, flags, cutsWithin(80)))) {
    const by = table.columns.slice(0, 2).map((column, index) => ({
      column,
      descending: down[index] ?? false,
    }));
    const expected = takeRows(table, Uint32Array.from(orderOf(by, table.rows)));
    const params = {
      by: by.map(({ column, descending }) => ({ column: column.name, descending })),
    };
    assert.equal(tableDifference(expected, await tableOf(sort, params, table)), undefined);
    assert.equal(
      tableDifference(expected, await chunkedTableOf(sort, params, table, cuts)),
      undefined,
    );
  }
});

test("in the historical form ties go by the other columns in table order", async (t) => {
  for (const [table, cuts] of drawn(t, fc.tuple(someTables, cutsWithin(80)))) {
    const last = table.columns.at(-1);
    if (last === undefined) continue;
    const by = [last, ...table.columns.slice(0, -1)].map((column) => ({ column }));
    const expected = takeRows(table, Uint32Array.from(orderOf(by, table.rows)));
    const params = historical(last.name);
    assert.equal(tableDifference(expected, await tableOf(sort, params, table)), undefined);
    assert.equal(
      tableDifference(expected, await chunkedTableOf(sort, params, table, cuts)),
      undefined,
    );
  }
});

test("a name and a list of names are keys as well", async () => {
  const table = tableFromContents({ a: [2, 1, 2, null], b: ["x", "y", "w", "z"] });
  const texts = async (by: unknown) => {
    const column = (await tableOf(sort, { by }, table)).column("b");
    return Array.from({ length: 4 }, (_, row) => valueAt(column, row));
  };
  assert.deepEqual(await texts("a"), ["y", "x", "w", "z"]);
  assert.deepEqual(await texts(["a", "b"]), ["y", "w", "x", "z"]);
  assert.deepEqual(await texts([{ column: "a", descending: true }]), ["x", "w", "y", "z"]);
  assert.deepEqual(await texts([]), ["x", "y", "w", "z"]);
});

test("a table that is in order is given back as it is", async () => {
  const table = tableFromContents({ a: [1, 2, 2] });
  assert.equal(await tableOf(sort, { by: "a" }, table), table);
});

test("what is missing in either form is said by name", async () => {
  const table = tableFromContents({ a: [1] });
  const code = "RTL_PARAMS_INVALID";
  const cases: [unknown, RegExp][] = [
    [{ method: "quicksort", column: "a" }, /key "axis" is missing/],
    [{ axis: 0, column: "a" }, /key "method" is missing/],
    [{ axis: 1, method: "quicksort", column: "a" }, /axis: give 0 or -1/],
    [{ axis: 0, method: "bubble", column: "a" }, /method: give one of quicksort/],
    [{ by: "a", axis: 0 }, /axis: "by" goes without "axis"/],
    [{}, /give "by"/],
  ];
  for (const [params, message] of cases) {
    await assert.rejects(tableOf(sort, params, table), { code, message });
  }
  await assert.rejects(tableOf(sort, { by: ["b"] }, table), { code: "RTL_COLUMN_UNKNOWN" });
});

test("rows come as pandas puts them, with missing values last", async () => {
  const { input, cases } = orderReference("sort");
  for (const { params, expect } of cases) {
    const sorted = await tableOf(sort, params, input);
    assert.equal(tableDifference(expect, sorted), undefined, JSON.stringify(params));
  }
});
