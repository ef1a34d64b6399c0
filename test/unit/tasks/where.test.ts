import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { makeTable } from "../../../src/table/table.ts";
import { paramsProblems } from "../../../src/task/params.ts";
import where from "../../../tasks/where.ts";
import { checkChunked } from "../../support/chunked.ts";
import { columnDtypes } from "../../support/expression-samples.ts";
import { expressions } from "../../support/expressions.ts";
import { tableOf } from "../../support/run-task.ts";
import { columns } from "../../support/tables.ts";

const table = tableFromContents({ price: [5, 20, null, 30], name: ["a", "b", "b", null] });
const kept = async (expression: string) => {
  const result = await tableOf(where, { expression }, table);
  return Array.from({ length: result.rows }, (_, row) => valueAt(result.column("price"), row));
};

test("where keeps the rows for which the condition is true, whole", async () => {
  assert.deepEqual(await kept("price > 10"), [20n, 30n]);
  assert.deepEqual(await kept("price > 10 and name == 'b'"), [20n]);
  assert.deepEqual(await kept("isNull(name) or isNull(price)"), [null, 30n]);
  assert.deepEqual(await kept("true"), [5n, 20n, null, 30n]);
  assert.deepEqual(await kept("not (price > 10)"), [5n]);
});

test("what is neither true nor false is no condition", async () => {
  await assert.rejects(kept("price + 1"), {
    code: "RTL_PARAMS_INVALID",
    message: /at 1:7: a condition is true or false/,
  });
});

test("a fault of the text is found before there is a table", () => {
  const [problem] = paramsProblems(where, { expression: "price > " });
  assert.equal(problem?.path, "expression");
  assert.match(problem?.message ?? "", /at 1:9: expected a value, found the end/);
});

test("a condition keeps of chunks what it keeps of the whole", async (t) => {
  const tables = fc
    .integer({ min: 0, max: 30 })
    .chain((rows) =>
      fc.tuple(...Object.entries(columnDtypes).map(([name, dtype]) => columns(name, dtype, rows))),
    )
    .map((made) => makeTable(made));
  await checkChunked(t, where, {
    tables,
    params: () => expressions.bool.map(({ text }) => ({ expression: text })),
  });
});
