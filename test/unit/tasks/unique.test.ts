import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { takeRows } from "../../../src/table/take.ts";
import unique from "../../../tasks/unique.ts";
import { crowdedTables, cutsWithin, drawn, orderOf, rowText } from "../../support/row-order.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";
import { checkVectors } from "../../support/vector-cases.ts";

test("the vectors hold on whole tables and in chunks", () => checkVectors(unique));

test("of equal rows the last one is kept, in ascending order, whatever the chunks", async (t) => {
  const some = fc.oneof(
    tables.filter(({ columns }) => columns.length > 0),
    crowdedTables({ minLength: 1, maxLength: 3 }),
  );
  for (const [table, cuts] of drawn(t, fc.tuple(some, cutsWithin(80)))) {
    const columns = table.columns.slice(0, 2);
    const by = columns.map((column) => ({ column }));
    const order = orderOf(by, table.rows);
    const texts = order.map((row) => rowText(columns, row));
    const kept = order.filter((_, at) => texts[at] !== texts[at + 1]);
    const expected = takeRows(table, Uint32Array.from(kept));
    const params = { a: columns.map(({ name }) => name) };
    assert.equal(tableDifference(expected, await tableOf(unique, params, table)), undefined);
    assert.equal(
      tableDifference(expected, await chunkedTableOf(unique, params, table, cuts)),
      undefined,
    );
  }
});

test("a row without a value and one with NaN are kept once each", async () => {
  const table = tableFromContents({
    a: [null, Number.NaN, 1.5, Number.NaN, null, 1.5],
    b: [1, 2, 3, 4, 5, 6],
  });
  const expected = tableFromContents({ a: [1.5, Number.NaN, null], b: [6, 4, 5] });
  assert.equal(tableDifference(expected, await tableOf(unique, { a: "a" }, table)), undefined);
});

test("a column must be named", async () => {
  await assert.rejects(tableOf(unique, {}, tableFromContents({ a: [1] })), {
    code: "RTL_PARAMS_INVALID",
  });
  await assert.rejects(tableOf(unique, { a: [] }, tableFromContents({ a: [1] })), {
    code: "RTL_PARAMS_INVALID",
  });
  await assert.rejects(tableOf(unique, { a: "b" }, tableFromContents({ a: [1] })), {
    code: "RTL_COLUMN_UNKNOWN",
  });
});
