import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Column, numericColumn, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { type Table, withColumns } from "../../../src/table/table.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import classifyStatic from "../../../tasks/classify-static.ts";
import { crowdedTables, cutsWithin, drawn, orderOf, rowText } from "../../support/row-order.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";
import { checkVectors } from "../../support/vector-cases.ts";

const one = (a: string | string[]) => ({ operations: [{ a, column: "k" }] });
const classes = async (table: Table, a: string | string[]) => {
  const column = (await tableOf(classifyStatic, one(a), table)).column("kClass");
  return Array.from({ length: table.rows }, (_, row) => Number(valueAt(column, row)));
};

test("the vectors hold on whole tables and in chunks", () => checkVectors(classifyStatic));

test("classes are ranks of the distinct values, and counts their rows, whatever the chunks", async (t) => {
  const some = fc.oneof(
    tables.filter(({ columns }) => columns.length > 0),
    crowdedTables({ minLength: 1, maxLength: 3 }),
  );
  for (const [table, cuts] of drawn(t, fc.tuple(some, cutsWithin(80)))) {
    const chosen = table.columns.slice(0, 2);
    const expected = withColumns(table, ranked(chosen, table.rows));
    const params = one(chosen.map(({ name }) => name));
    assert.equal(
      tableDifference(expected, await tableOf(classifyStatic, params, table)),
      undefined,
    );
    assert.equal(
      tableDifference(expected, await chunkedTableOf(classifyStatic, params, table, cuts)),
      undefined,
    );
  }
});

function ranked(columns: readonly Column[], rows: number): Column[] {
  const texts = orderOf(
    columns.map((column) => ({ column })),
    rows,
  ).map((row) => rowText(columns, row));
  const distinct = [...new Set(texts)];
  const own = Array.from({ length: rows }, (_, row) => rowText(columns, row));
  const classOf = own.map((text) => BigInt(distinct.indexOf(text)));
  const counts = own.map((text) => BigInt(own.filter((other) => other === text).length));
  return [
    numericColumn("kClass", BigInt64Array.from(classOf)),
    numericColumn("kClassCount", BigInt64Array.from(counts)),
  ];
}

test("floats, NaN, missing values, texts and combinations have classes of their own", async () => {
  const table = tableFromContents({
    x: [1.9, 1.2, Number.NaN, null, Number.NaN, 1.2],
    t: ["b", "a", "b", "a", null, "a"],
  });
  assert.deepEqual(await classes(table, "x"), [1, 0, 2, 3, 2, 0]);
  assert.deepEqual(await classes(table, "t"), [1, 0, 1, 0, 2, 0]);
  assert.deepEqual(await classes(table, ["t", "x"]), [2, 0, 3, 1, 4, 0]);
});

test("an operation may read what one before it made, and then sees all rows at once", async () => {
  const params = {
    operations: [
      { a: "x", column: "k" },
      { a: ["kClassCount", "kClass"], column: "m" },
    ],
  };
  assert.equal(resolveShape(classifyStatic.shape, one("x")), "fold");
  assert.equal(resolveShape(classifyStatic.shape, params), "gather");
  const table = tableFromContents({ x: [5, 5, 3, 9] });
  const result = await tableOf(classifyStatic, params, table);
  assert.deepEqual(result.names, ["x", "kClass", "mClass", "kClassCount", "mClassCount"]);
  const column = result.column("mClass");
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => valueAt(column, row)),
    [2n, 2n, 0n, 1n],
  );
});

test("a name that is taken is refused", async () => {
  const table = tableFromContents({ x: [1], kClass: [1] });
  await assert.rejects(tableOf(classifyStatic, one("x"), table), { code: "RTL_TABLE_INVALID" });
});
