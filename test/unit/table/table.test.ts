import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Column, numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { columnDifferences, equalTables, tableDifference } from "../../../src/table/compare.ts";
import { withColumnMemory } from "../../../src/table/memory.ts";
import {
  concatenate,
  defaultTable,
  makeTable,
  schemaOf,
  sliceRows,
  type Table,
  withColumns,
} from "../../../src/table/table.ts";
import { takeRows } from "../../../src/table/take.ts";
import { checkProperty } from "../../support/properties.ts";
import { tables } from "../../support/tables.ts";

const numbers = (name: string, ...values: number[]): Column =>
  numericColumn(name, Float64Array.from(values));
const rowsOf = (table: Table): unknown[][] =>
  Array.from({ length: table.rows }, (_, row) =>
    table.columns.map((column) => valueAt(column, row)),
  );

test("what keeps several tables from having the same columns is told column by column", () => {
  const [a, b] = [numbers("a", 1), numbers("b", 2)];
  const told = (...columns: Column[][]) =>
    columnDifferences(columns.map((own) => makeTable(own, 1)));
  assert.equal(told([a, b], [a, b], [a, b]), "");
  assert.equal(told([a, b], [b, a]), "their order is a, b and b, a");
  assert.equal(told([a, b], [a], [a, b]), '"b" is <f8 in 1, 3 and missing in 2');
  const whole = numericColumn("a", Int8Array.of(1));
  assert.equal(
    told([a, b], [whole]),
    '"a" is <f8 in 1 and |i1 in 2; "b" is <f8 in 1 and missing in 2',
  );
  const many = Array.from({ length: 10 }, (_, index) => numbers(`c${index}`, 1));
  assert.match(told(many, []), /"c7" is <f8 in 1 and missing in 2; and 2 more$/);
});

test("an unknown column is refused with the nearest name", () => {
  const table = makeTable([numbers("totalRunTime", 1)]);
  assert.throws(() => table.column("totalRuntme"), {
    code: "RTL_COLUMN_UNKNOWN",
    fix: 'did you mean "totalRunTime"?',
  });
});

test("columns of different lengths and names that come twice are refused", () => {
  assert.throws(() => makeTable([numbers("a", 1), numbers("b", 1, 2)]), /column "b" has 2 rows/);
  assert.throws(() => makeTable([numbers("a", 1), numbers("a", 2)]), /two columns "a"/);
  const table = makeTable([numbers("a", 1)]);
  assert.throws(() => withColumns(table, [numbers("a", 2)]), /already has a column "a"/);
});

test("a table without columns keeps its number of rows", () => {
  assert.equal(makeTable([], 3).rows, 3);
  assert.equal(sliceRows(makeTable([], 3), 1, 3).rows, 2);
});

test("the default table has one row, column 1, int64 0", () => {
  assert.deepEqual(schemaOf(defaultTable()), { names: ["1"], dtypes: ["<i8"] });
  assert.deepEqual(rowsOf(defaultTable()), [[0n]]);
});

test("a slice shares the memory of its table", () => {
  const values = Float64Array.of(1, 2, 3);
  const column = sliceRows(makeTable([numericColumn("a", values)]), 1, 3).column("a");
  assert.ok(column.kind === "numeric" && column.values.buffer === values.buffer);
  assert.deepEqual([...column.values], [2, 3]);
});

test("tables with other columns cannot be concatenated, and the error names the difference", () => {
  const table = makeTable([numbers("a", 1)]);
  const other = makeTable([numericColumn("a", Int32Array.of(1))]);
  assert.throws(() => concatenate([table, other]), /column 1 "a" is <f8 and <i4/);
  assert.throws(() => concatenate([table, makeTable([numbers("b", 1)])]), /is "a" and "b"/);
  assert.throws(() => concatenate([]), { code: "RTL_TABLE_INVALID" });
});

test("comparing finds the first difference and respects the tolerance", () => {
  const one = makeTable([numbers("a", 1, 100)]);
  const other = makeTable([numbers("a", 1, 100.001)]);
  assert.equal(tableDifference(one, other), 'column "a", row 1: 100 and 100.001');
  assert.ok(equalTables(one, other, { relative: 1e-4 }));
  assert.ok(!equalTables(one, makeTable([numbers("a", 1, Number.NaN)]), { relative: 1 }));
  assert.ok(
    equalTables(
      makeTable([numbers("a", -0, Number.NaN)]),
      makeTable([numbers("a", 0, Number.NaN)]),
    ),
  );
});

test("any way of slicing a table and joining the slices gives the same table", (t) => {
  const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 4 });
  checkProperty(
    t,
    fc.property(tables, cuts, (table, places) => {
      const ends = [...places.map((place) => Math.min(place, table.rows)), table.rows];
      ends.sort((a, b) => a - b);
      const parts = ends.map((end, index) => sliceRows(table, ends[index - 1] ?? 0, end));
      assert.deepEqual(rowsOf(concatenate(parts)), rowsOf(table));
      assert.ok(equalTables(concatenate(parts), table));
    }),
  );
});

test("taking rows gives exactly these rows, in their order", (t) => {
  const picks = fc.array(fc.nat(1000), { maxLength: 30 });
  checkProperty(
    t,
    fc.property(tables, picks, (table, places) => {
      const rows = table.rows === 0 ? [] : places.map((place) => place % table.rows);
      const all = rowsOf(table);
      const taken = takeRows(table, Uint32Array.from(rows));
      assert.deepEqual(
        rowsOf(taken),
        rows.map((row) => all[row]),
      );
    }),
  );
});

test("text that needs several bytes a letter is cut by rows, not by bytes", () => {
  const table = makeTable([textColumn("t", ["ä", null, "日本", ""])]);
  assert.deepEqual(rowsOf(sliceRows(table, 1, 4)), [[null], ["日本"], [""]]);
});

test("tables are joined in memory that was used before without a trace of what it held", async () => {
  const [table] = fc.sample(tables, { seed: 7, numRuns: 1 });
  assert.ok(table !== undefined);
  const wide = makeTable([
    ...table.columns,
    textColumn(
      "text",
      Array.from({ length: table.rows }, (_, row) => (row % 3 ? `t${row}` : null)),
    ),
  ]);
  const parts = [wide, sliceRows(wide, 3, 12), sliceRows(wide, 1, 2), wide];
  const expected = parts.flatMap(rowsOf);
  for (let use = 0; use < 3; use++) {
    const join = async () => rowsOf(concatenate(parts));
    assert.deepEqual(await withColumnMemory(join, { bytesMin: 0, spoil: true }), expected);
  }
});
