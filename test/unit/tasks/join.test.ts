import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Column, numericColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { takeRows } from "../../../src/table/take.ts";
import join from "../../../tasks/join.ts";
import { crowdedTables, drawn, rowText } from "../../support/row-order.ts";
import { runTask, tableOf } from "../../support/run-task.ts";
import { joinReference } from "../../support/vector-cases.ts";

const hows = ["inner", "left", "right", "outer", "semi", "anti"] as const;
type How = (typeof hows)[number];
const joined = (inputs: readonly Table[], params: unknown): Promise<Table> =>
  tableOf(join, params, inputs[0], { inputs });
const rowsOf = (table: Table): Value[][] =>
  Array.from({ length: table.rows }, (_, row) =>
    table.columns.map((column) => valueAt(column, row)),
  );

test("rows go together as pandas puts them together", async () => {
  const { inputs, cases } = joinReference();
  for (const { params, expect } of cases) {
    assert.equal(
      tableDifference(expect, await joined(inputs, params)),
      undefined,
      JSON.stringify(params),
    );
  }
});

/** Two tables with the same key columns and the number of each row. */
const twoTables = crowdedTables({ minLength: 1, maxLength: 2 }, 60).chain((table) =>
  fc.nat(table.rows).map((cut): [Table, Table] => {
    const part = (name: string, start: number, end: number) => {
      const numbers = Int32Array.from({ length: end - start }, (_, row) => row);
      const rows = Uint32Array.from({ length: end - start }, (_, row) => start + row);
      return makeTable(
        [...takeRows(table, rows).columns, numericColumn(name, numbers)],
        end - start,
      );
    };
    return [part("l", 0, cut), part("r", cut, table.rows)];
  }),
);

test("every kind of join pairs rows as comparing all with all does", async (t) => {
  for (const inputs of drawn(t, twoTables, 100)) {
    const [left, right] = inputs;
    const on = left.names.slice(0, -1);
    for (const how of hows) {
      const result = await joined(inputs, { on, how });
      const pairs = pairsOf(
        how,
        on.map((name) => left.column(name)),
        on.map((name) => right.column(name)),
      );
      const expected = pairs.map(([l, r]) => {
        const keys = on.map((name) =>
          l === null ? valueAt(right.column(name), r ?? 0) : valueAt(left.column(name), l),
        );
        return how === "semi" || how === "anti" ? [...keys, l] : [...keys, l, r];
      });
      assert.deepEqual(
        rowsOf(result),
        expected,
        `${how} on ${on.map((name) => left.column(name).dtype)}`,
      );
    }
  }
});

function pairsOf(
  how: How,
  left: readonly Column[],
  right: readonly Column[],
): [number | null, number | null][] {
  if (how === "right") return pairsOf("left", right, left).map(([r, l]) => [l, r]);
  const rows = (columns: readonly Column[]) =>
    Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => row);
  const complete = (columns: readonly Column[], row: number) =>
    columns.every((column) => valueAt(column, row) !== null);
  const matches = (l: number, r: number) =>
    complete(left, l) && complete(right, r) && rowText(left, l) === rowText(right, r);
  const pairs: [number | null, number | null][] = [];
  for (const l of rows(left)) {
    const own = rows(right).filter((r) => matches(l, r));
    if (how === "semi" || how === "anti") {
      if (own.length > 0 === (how === "semi")) pairs.push([l, null]);
      continue;
    }
    pairs.push(...own.map((r): [number, number] => [l, r]));
    if (own.length === 0 && how !== "inner") pairs.push([l, null]);
  }
  if (how === "outer") {
    for (const r of rows(right)) if (!rows(left).some((l) => matches(l, r))) pairs.push([null, r]);
  }
  return pairs;
}

test("keys may have different names, and other columns of one name get a suffix", async () => {
  const left = tableFromContents({ a: [1, 2], v: ["x", "y"] });
  const right = tableFromContents({ b: [2, 3], v: ["Y", "Z"] });
  const on = [{ left: "a", right: "b" }];
  const outer = await joined([left, right], { on, how: "outer" });
  assert.deepEqual(outer.names, ["a", "v", "b", "v_right"]);
  assert.deepEqual(rowsOf(outer), [
    [1n, "x", null, null],
    [2n, "y", 2n, "Y"],
    [null, null, 3n, "Z"],
  ]);
  assert.deepEqual((await joined([left, right], { on, suffix: "2" })).names, ["a", "v", "b", "v2"]);
  await assert.rejects(joined([left, right], { on, suffix: "" }), { code: "RTL_TABLE_INVALID" });
});

test("keys of different dtypes go together by value, int64 exactly", async () => {
  const left = makeTable([numericColumn("k", BigInt64Array.of(1n, 2n ** 53n + 1n, -1n))]);
  const narrow = makeTable([numericColumn("k", Int32Array.of(-1, 1))]);
  assert.deepEqual(rowsOf(await joined([left, narrow], { on: "k" })), [[1n], [-1n]]);
  const wide = makeTable([numericColumn("k", BigInt64Array.of(2n ** 53n))]);
  assert.deepEqual(rowsOf(await joined([left, wide], { on: "k" })), []);
  const floats = makeTable([numericColumn("k", Float64Array.of(1))]);
  await assert.rejects(joined([left, floats], { on: "k" }), {
    code: "RTL_TABLE_INVALID",
    message: /column "k", row 1: 9007199254740993 \(<i8\) has no equal in <f8/,
  });
  assert.deepEqual(rowsOf(await joined([narrow, floats], { on: "k" })), [[1]]);
  const texts = tableFromContents({ k: ["1"] });
  await assert.rejects(joined([left, texts], { on: "k" }), {
    code: "RTL_TABLE_INVALID",
    message: /join: column "k" is <i8 in one table and O in another/,
  });
});

test("tables without rows join to what there is", async () => {
  const left = tableFromContents({ k: [1], a: ["x"] });
  const right = makeTable([
    numericColumn("k", new BigInt64Array(0)),
    numericColumn("b", new Float64Array(0)),
  ]);
  const sizes: Record<How, number> = { inner: 0, left: 1, right: 0, outer: 1, semi: 0, anti: 1 };
  for (const how of hows) {
    assert.equal((await joined([left, right], { on: "k", how })).rows, sizes[how], how);
  }
  assert.deepEqual(rowsOf(await joined([left, right], { on: "k", how: "left" })), [
    [1n, "x", null],
  ]);
  assert.deepEqual(rowsOf(await joined([right, left], { on: "k", how: "outer" })), [
    [1n, null, "x"],
  ]);
});

test("a stage without exactly two needs is told how to write them", async () => {
  const table = tableFromContents({ k: [1] });
  for (const inputs of [[table], [table, table, table]]) {
    await assert.rejects(joined(inputs, { on: "k" }), {
      code: "RTL_PARAMS_INVALID",
      message: `join puts 2 tables together, but has ${inputs.length}`,
      fix: /needs: \[orders, customers\]/,
    });
  }
  await assert.rejects(runTask(join, { params: { on: "k" }, part: "run" }, table), /but has 1/);
  await assert.rejects(joined([table, table], { on: [] }), { code: "RTL_PARAMS_INVALID" });
  await assert.rejects(joined([table, table], { on: "z" }), { code: "RTL_COLUMN_UNKNOWN" });
});
