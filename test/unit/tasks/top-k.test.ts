import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { takeRows } from "../../../src/table/take.ts";
import topK from "../../../tasks/top-k.ts";
import { crowdedTables, cutsWithin, drawn, orderOf } from "../../support/row-order.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";

test("the first rows of the whole order are kept, whatever the chunks", async (t) => {
  const some = fc.oneof(
    tables.filter(({ columns }) => columns.length > 0),
    crowdedTables({ minLength: 1, maxLength: 2 }),
  );
  const orders = fc.constantFrom("largest", "smallest");
  for (const [table, cuts, k, order] of drawn(
    t,
    fc.tuple(some, cutsWithin(80), fc.nat(20), orders),
  )) {
    const column = table.columns[0];
    if (column === undefined) continue;
    const rows = orderOf([{ column, descending: order === "largest" }], table.rows).slice(0, k);
    const expected = takeRows(table, Uint32Array.from(rows));
    const params = { k, column: column.name, order };
    assert.equal(tableDifference(expected, await tableOf(topK, params, table)), undefined);
    assert.equal(
      tableDifference(expected, await chunkedTableOf(topK, params, table, cuts)),
      undefined,
    );
  }
});

test("NaN and rows without a value are kept only where there are not enough numbers", async () => {
  const table = tableFromContents({ a: [null, Number.NaN, 1.5, 2.5] });
  for (const order of ["largest", "smallest"]) {
    const kept = (k: number) => tableOf(topK, { k, column: "a", order }, table);
    const numbers = order === "largest" ? [2.5, 1.5] : [1.5, 2.5];
    assert.equal(tableDifference(tableFromContents({ a: numbers }), await kept(2)), undefined);
    const all = tableFromContents({ a: [...numbers, Number.NaN, null] });
    assert.equal(tableDifference(all, await kept(9)), undefined);
  }
});

test("k is a whole number", async () => {
  for (const k of [-1, 1.5, "3", undefined]) {
    await assert.rejects(tableOf(topK, { k, column: "a" }, tableFromContents({ a: [1] })), {
      code: "RTL_PARAMS_INVALID",
    });
  }
});
