import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type SortColumn, sortOrder } from "../../../src/compute/order/sort-order.ts";
import { type Column, numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { withColumnMemory } from "../../../src/table/memory.ts";
import { concatenate, sliceRows, type Table } from "../../../src/table/table.ts";
import { takeRows } from "../../../src/table/take.ts";
import { checkProperty } from "../../support/properties.ts";
import { compareValues, crowdedTables, orderOf, rowText } from "../../support/row-order.ts";
import { tables } from "../../support/tables.ts";

const ordered = (by: readonly SortColumn[], rows: number): number[] => {
  const { order } = sortOrder(by, rows);
  return order === undefined ? Array.from({ length: rows }, (_, row) => row) : [...order];
};
const byColumns = (table: Table, descending: readonly boolean[]): SortColumn[] =>
  table.columns.map((column, index) => ({ column, descending: descending[index] ?? false }));
const doubles = (...values: number[]): SortColumn => ({
  column: numericColumn("a", Float64Array.from(values)),
});

test("NaN comes after all numbers, -0 equals 0, and rows without a value come last", () => {
  const values = Float64Array.of(0, Number.NaN, -0, Infinity, 7, -Infinity, -1e-320);
  const column = numericColumn("a", values, { validity: Uint8Array.of(0b1101111) });
  assert.deepEqual(ordered([{ column }], 7), [5, 6, 0, 2, 3, 1, 4]);
  assert.deepEqual(ordered([{ column, descending: true }], 7), [3, 0, 2, 6, 5, 1, 4]);
});

test("int64 and uint64 are ordered beyond 2^53 and over their whole range", () => {
  const signed = BigInt64Array.of(2n ** 62n + 1n, -(2n ** 63n), 2n ** 62n, 2n ** 63n - 1n, -1n, 0n);
  assert.deepEqual(ordered([{ column: numericColumn("a", signed) }], 6), [1, 4, 5, 2, 0, 3]);
  const unsigned = BigUint64Array.of(2n ** 63n, 0n, 2n ** 64n - 1n, 2n ** 63n - 1n);
  assert.deepEqual(ordered([{ column: numericColumn("a", unsigned) }], 4), [1, 3, 0, 2]);
  const near = BigInt64Array.of(3n, -2n, 2n, -3n, 0n);
  assert.deepEqual(ordered([{ column: numericColumn("a", near) }], 5), [3, 1, 4, 2, 0]);
});

test("texts are ordered by code point, also beyond the basic plane and with zero bytes", () => {
  const column = textColumn("t", ["b", "\uffff", "\u{1f600}", "a\0", "", null, "a", "a\0\0", "é"]);
  assert.deepEqual(ordered([{ column }], 9), [4, 6, 3, 7, 0, 8, 1, 2, 5]);
});

test("rows that are in order already have no order of their own", () => {
  const { order, ties } = sortOrder([doubles(-1, -0, 0, 2, Number.NaN)], 5);
  assert.equal(order, undefined);
  assert.deepEqual([[...ties.starts], [...ties.ends]], [[1], [3]]);
});

test("without a key all rows are equal", () => {
  const { order, ties } = sortOrder([], 3);
  assert.equal(order, undefined);
  assert.deepEqual([[...ties.starts], [...ties.ends]], [[0], [3]]);
});

test("any columns of any dtype are ordered as comparing value by value orders them", (t) => {
  const flags = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });
  checkProperty(
    t,
    fc.property(
      fc.oneof(tables, crowdedTables({ minLength: 1, maxLength: 3 })),
      flags,
      (table, down) => {
        const by = byColumns(table, down);
        assert.deepEqual(ordered(by, table.rows), orderOf(by, table.rows));
      },
    ),
    400,
  );
});

test("the ties are the rows that are equal in all columns", (t) => {
  checkProperty(
    t,
    fc.property(crowdedTables({ minLength: 1, maxLength: 3 }), (table) => {
      const by = byColumns(table, []);
      const texts = ordered(by, table.rows).map((row) => rowText(table.columns, row));
      const { ties } = sortOrder(by, table.rows);
      const tied = new Set<number>();
      for (let i = 0; i < ties.count; i++) {
        const [start = 0, end = 0] = [ties.starts[i], ties.ends[i]];
        for (let at = start + 1; at < end; at++) tied.add(at);
      }
      const expected = texts.map((text, at) => at > 0 && text === texts[at - 1]);
      assert.deepEqual(
        texts.map((_, at) => tied.has(at)),
        expected,
      );
    }),
  );
});

test("sorted pieces below one another are merged to the same order", (t) => {
  const cuts = fc.array(fc.nat(80), { maxLength: 5 });
  checkProperty(
    t,
    fc.property(crowdedTables({ minLength: 1, maxLength: 2 }), cuts, (table, at) => {
      const ends = [...new Set([...at.map((cut) => Math.min(cut, table.rows)), table.rows])];
      ends.sort((a, b) => a - b);
      const pieces = ends.map((end, i) => {
        const piece = sliceRows(table, ends[i - 1] ?? 0, end);
        return takeRows(piece, Uint32Array.from(orderOf(byColumns(piece, []), piece.rows)));
      });
      const joined = concatenate(pieces);
      const by = byColumns(joined, []);
      assert.deepEqual(ordered(by, joined.rows), orderOf(by, joined.rows));
    }),
  );
});

test("many rows with long ties come out in order, in memory that is used again", async () => {
  const rows = 70_000;
  const random = (seed: number) => (row: number) => Math.imul(row + seed, 0x9e3779b1) >>> 0;
  const columns: readonly Column[] = [
    numericColumn(
      "few",
      Int32Array.from({ length: rows }, (_, row) => random(1)(row) % 3),
    ),
    numericColumn(
      "float",
      Float64Array.from({ length: rows }, (_, row) => (random(2)(row) % 977) - 400.5),
    ),
    numericColumn(
      "wide",
      Float64Array.from({ length: rows }, (_, row) => random(3)(row) / 7),
    ),
    textColumn(
      "text",
      Array.from({ length: rows }, (_, row) => `name ${random(4)(row) % 50}`),
    ),
    numericColumn(
      "small",
      Uint16Array.from({ length: rows }, (_, row) => random(5)(row)),
    ),
  ];
  const choices = [[0, 1, 2], [1, 4], [3, 0], [2], [4, 3], [0, 3, 1]];
  for (const choice of choices) {
    const by = choice.flatMap((index) => columns[index] ?? []).map((column) => ({ column }));
    await withColumnMemory(async () => {
      for (let again = 0; again < 2; again++) {
        const order = ordered(by, rows);
        assert.equal(new Set(order).size, rows);
        const wrong = order.findIndex((row, at) => at > 0 && !isAfter(by, order[at - 1] ?? 0, row));
        assert.equal(wrong, -1, choice.join());
      }
    });
  }
});

/** Whether row `b` comes after row `a` in a stable order. */
function isAfter(by: readonly SortColumn[], a: number, b: number): boolean {
  for (const { column } of by) {
    const order = compareValues(valueAt(column, a), valueAt(column, b));
    if (order !== 0) return order < 0;
  }
  return a < b;
}
