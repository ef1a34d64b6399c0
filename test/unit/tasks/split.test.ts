import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, textColumn } from "../../../src/table/column.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { makeTable, sliceRows } from "../../../src/table/table.ts";
import split from "../../../tasks/split.ts";
import { checkCuts, checkRefused, madeOf } from "../../support/elementwise.ts";
import { checkProperty } from "../../support/properties.ts";
import { tableOf } from "../../support/run-task.ts";

const letters = fc.string({
  unit: fc.constantFrom("a", "é", "🜁", ",", ",", "-", ">"),
  maxLength: 12,
});
const lines = fc.array(fc.option(letters, { freq: 6 }), { maxLength: 20 });
const tableOfLines = (texts: readonly (string | null)[]) => makeTable([textColumn("0", texts)]);

for (const delimiter of [",", "->", "é"]) {
  test(`split at ${delimiter} gives the same in chunks as on the whole`, (t) =>
    checkCuts(t, split, { delimiter }, lines.map(tableOfLines)));
}

test("split gives what splitting JavaScript strings gives, with nulls where fields lack", async (t) => {
  const cases: [(string | null)[], string][] = [];
  checkProperty(
    t,
    fc.property(lines, fc.constantFrom(",", "->", "🜁"), (texts, delimiter) => {
      cases.push([texts, delimiter]);
    }),
  );
  for (const [texts, delimiter] of cases) {
    const rows = texts.map((text) => text?.split(delimiter) ?? []);
    const width = Math.max(1, ...rows.map(({ length }) => length));
    const expected = Array.from({ length: width }, (_, column) => [
      String(column),
      { dtype: "O", values: rows.map((fields) => fields[column] ?? null) },
    ]);
    const result = tableToJson(await tableOf(split, { delimiter }, tableOfLines(texts)));
    assert.deepEqual(result.columns, Object.fromEntries(expected));
  }
});

test("rows in the middle of a longer text are split, and bytes stay bytes", async () => {
  const table = makeTable([textColumn("0", ["a,b", "c,ÿ,d", "e"], "|S8")]);
  const result = tableToJson(await tableOf(split, {}, sliceRows(table, 1, 3)));
  assert.deepEqual(result.columns, {
    0: { dtype: "|S8", values: ["c", "e"] },
    1: { dtype: "|S8", values: ["ÿ", null] },
    2: { dtype: "|S8", values: ["d", null] },
  });
});

test("the parameters that a pipeline shares among its tasks do not disturb", async () => {
  const params = { delimiter: " ", file: "x", path: "y" };
  assert.deepEqual(await madeOf(split, params, { 0: ["1 2", "3"] }), {
    0: ["1", "3"],
    1: ["2", null],
  });
});

test("split takes the column that is named, and refuses to guess between several", async () => {
  const table = makeTable([textColumn("t", ["x-y"]), textColumn("u", ["z"])]);
  const params = { column: "t", delimiter: "-" };
  assert.deepEqual((await tableOf(split, params, table)).names, ["0", "1"]);
  await assert.rejects(tableOf(split, {}, table), { code: "RTL_PARAMS_INVALID" });
});

test("split refuses numbers, unknown columns and an empty delimiter", async () => {
  await checkRefused(split, [
    ["RTL_TABLE_INVALID", { column: "a" }],
    ["RTL_COLUMN_UNKNOWN", { column: "missing" }],
    ["RTL_PARAMS_INVALID", { delimiter: "" }],
  ]);
  const numbers = makeTable([numericColumn("a", Float64Array.of(1))]);
  await assert.rejects(tableOf(split, {}, numbers), { code: "RTL_TABLE_INVALID" });
});
