import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { paramsProblems } from "../../../src/task/params.ts";
import derive from "../../../tasks/derive.ts";
import { checkChunked } from "../../support/chunked.ts";
import { columnDtypes } from "../../support/expression-samples.ts";
import { expressions } from "../../support/expressions.ts";
import { tableOf } from "../../support/run-task.ts";
import { columns } from "../../support/tables.ts";

const derived = (contents: unknown, ...pairs: [string, string][]): Promise<Table> => {
  const operations = pairs.map(([column, expression]) => ({ column, expression }));
  return tableOf(derive, { operations }, tableFromContents(contents));
};
const valuesOf = (table: Table, name: string): Value[] =>
  Array.from({ length: table.rows }, (_, row) => valueAt(table.column(name), row));

test("each operation adds a column and may use those before it", async () => {
  const table = await derived(
    { price: [2.5, 100], amount: [2, 3] },
    ["total", "price * amount"],
    ["size", "if(total > 100, 'large', 'small')"],
  );
  assert.deepEqual(table.names, ["price", "amount", "total", "size"]);
  assert.deepEqual(valuesOf(table, "total"), [5, 300]);
  assert.deepEqual(valuesOf(table, "size"), ["small", "large"]);
});

test("a name that is taken, or a column that only a later operation makes, is refused", async () => {
  await assert.rejects(derived({ a: [1] }, ["a", "a + 1"]), { code: "RTL_TABLE_INVALID" });
  await assert.rejects(derived({ a: [1] }, ["b", "c"], ["c", "a"]), {
    code: "RTL_COLUMN_UNKNOWN",
    message: /at 1:1: the table has no column "c"/,
  });
  await assert.rejects(derived({ price: [1] }, ["b", "1 + prise"]), {
    message: /at 1:5: .*\n {2}1 \+ prise\n {6}\^/,
    fix: "did you mean price?",
  });
});

test("a fault of the text is found with the other parameters, before there is a table", () => {
  const operations = [
    { column: "a", expression: "1 +" },
    { column: "", expression: "sqr(2)" },
  ];
  const problems = paramsProblems(derive, { operations });
  assert.deepEqual(
    problems.map(({ path }) => path),
    ["operations[0].expression", "operations[1].column", "operations[1].expression"],
  );
  assert.match(problems[2]?.message ?? "", /at 1:1: there is no function "sqr", did you mean/);
});

test("operands of wrong types are refused with their place", async () => {
  await assert.rejects(derived({ a: ["x"] }, ["b", "1 + a"]), {
    code: "RTL_PARAMS_INVALID",
    message: /at 1:5: numbers wanted here, but this is text; cast the column to a number first/,
  });
  await assert.rejects(derived({ a: [1] }, ["b", "(a > 1) + 1"]), { message: /write if\(/ });
  await assert.rejects(derived({ a: [1] }, ["b", "a == null"]), { message: /write isNull\(\)/ });
  await assert.rejects(derived({ a: [1] }, ["b", "a == '1'"]), { message: /cannot be compared/ });
  await assert.rejects(derived({ a: [1] }, ["b", "null"]), { message: /null alone has no type/ });
  await assert.rejects(derived({ a: [1] }, ["b", "if(a > 1, 2, 'x')"]), {
    message: /different types/,
  });
});

test("a whole number beyond int64 is told by its row of the whole table, or of its chunk", async () => {
  const table = makeTable([numericColumn("a", BigInt64Array.of(1n, 2n ** 62n))]);
  const params = { operations: [{ column: "b", expression: "a * 2" }] };
  for (const [around, place] of [
    [{}, "row 1"],
    [{ chunk: 3, firstRow: 30 }, "row 31"],
    [{ chunk: 3 }, "row 1 of chunk 3"],
  ] as const) {
    await assert.rejects(tableOf(derive, params, table, around), {
      message: new RegExp(`: ${place}: 9223372036854775808 is beyond int64`),
    });
  }
});

test("a table without rows gets columns of the same dtypes", async () => {
  const table = await derived({ a: new Float64Array(0) }, ["b", "a > 1"], ["c", "if(b, 'x', 'y')"]);
  assert.deepEqual(
    table.columns.map(({ dtype }) => dtype),
    ["<f8", "|b1", "O"],
  );
});

test("deriving in chunks is deriving on the whole", async (t) => {
  const tables = fc
    .integer({ min: 0, max: 30 })
    .chain((rows) =>
      fc.tuple(...Object.entries(columnDtypes).map(([name, dtype]) => columns(name, dtype, rows))),
    )
    .map((made) => makeTable(made));
  const { int, float, bool, text } = expressions;
  await checkChunked(t, derive, {
    tables,
    params: () =>
      fc.array(fc.oneof(int, float, bool, text), { maxLength: 3 }).map((samples) => ({
        operations: samples.map((sample, n) => ({ column: `new${n}`, expression: sample.text })),
      })),
  });
});
