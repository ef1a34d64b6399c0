import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Column,
  numericColumn,
  textColumn,
  type Value,
  valueAt,
} from "../../../src/table/column.ts";
import { columnMemory, returnMemory, withColumnMemory } from "../../../src/table/memory.ts";
import { makeTable } from "../../../src/table/table.ts";
import { NO_ROW, reorderRows, takeColumn, takeOrNull, takeRows } from "../../../src/table/take.ts";
import { checkProperty } from "../../support/properties.ts";
import { tables } from "../../support/tables.ts";

const valuesOf = (column: Column): Value[] =>
  Array.from({ length: column.length }, (_, row) => valueAt(column, row));

test("all rows, or most, in another order are the rows taken in that order", (t) => {
  const reordered = tables.chain((table) =>
    fc
      .shuffledSubarray([...Array(table.rows).keys()], { minLength: table.rows >> 1 })
      .map((order) => ({ table, order: Uint32Array.from(order) })),
  );
  checkProperty(
    t,
    fc.property(reordered, ({ table, order }) => {
      const [moved, taken] = [reorderRows(table, order), takeRows(table, order)];
      assert.deepEqual(moved.columns.map(valuesOf), taken.columns.map(valuesOf));
    }),
  );
});

test("a table without another order is given back as it is", () => {
  const table = makeTable([numericColumn("a", Float64Array.of(1, 2))]);
  assert.equal(reorderRows(table, undefined), table);
});

test("no row gives no value, also from a column without rows", (t) => {
  checkProperty(
    t,
    fc.property(tables, fc.array(fc.nat(60), { maxLength: 20 }), (table, picks) => {
      const rows = picks.map((pick) => (pick < table.rows ? pick : NO_ROW));
      for (const column of table.columns) {
        const expected = rows.map((row) => (row === NO_ROW ? null : valueAt(column, row)));
        assert.deepEqual(valuesOf(takeOrNull(column, Uint32Array.from(rows))), expected);
      }
    }),
  );
});

test("missing values stay missing wherever they are taken to", () => {
  const validity = Uint8Array.of(0b101);
  const numbers = numericColumn("n", Int16Array.of(1, 2, 3), { validity });
  const texts = { ...textColumn("t", ["a", "b", "c"]), validity };
  const rows = Uint32Array.of(2, 1, 0, 1, 2, 0, 0, 0, 0, 1);
  const expected = [2, 1, 0, 1, 2, 0, 0, 0, 0, 1];
  assert.deepEqual(
    valuesOf(takeColumn(numbers, rows)),
    expected.map((row) => (row === 1 ? null : row + 1)),
  );
  assert.deepEqual(
    valuesOf(takeColumn(texts, rows)),
    expected.map((row) => (row === 1 ? null : "abc"[row])),
  );
});

test("memory that is given back is lent again in the same run, and only then", async () => {
  await withColumnMemory(
    async () => {
      const first = columnMemory("<f8", 100);
      const other = columnMemory("<f8", 100);
      returnMemory(first, new Float64Array(100));
      assert.equal(columnMemory("<f8", 100).buffer, first.buffer);
      assert.notEqual(columnMemory("<f8", 100).buffer, other.buffer);
      // Given back twice, it is still lent once.
      returnMemory(other);
      returnMemory(other);
      assert.equal(columnMemory("<f8", 100).buffer, other.buffer);
      assert.notEqual(columnMemory("<f8", 100).buffer, other.buffer);
    },
    { bytesMin: 0, spoil: true },
  );
});
