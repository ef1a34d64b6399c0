import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { groupRows } from "../../../src/compute/group/group-rows.ts";
import { textRanks } from "../../../src/compute/group/text-codes.ts";
import { type Column, numericColumn, textColumn } from "../../../src/table/column.ts";
import { withColumnMemory } from "../../../src/table/memory.ts";
import { checkProperty } from "../../support/properties.ts";
import { crowdedTables, rowText } from "../../support/row-order.ts";
import { tables } from "../../support/tables.ts";

/** The groups as they should be: numbered as their keys first come. */
function expectedGroups(columns: readonly Column[], rows: number) {
  const numbers = new Map<string, number>();
  const first: number[] = [];
  const ids = Array.from({ length: rows }, (_, row) => {
    const text = rowText(columns, row);
    const known = numbers.get(text);
    if (known !== undefined) return known;
    first.push(row);
    numbers.set(text, numbers.size);
    return numbers.size - 1;
  });
  return { ids, first };
}

function check(columns: readonly Column[], rows: number): void {
  const { ids, first, count } = groupRows(columns, rows);
  assert.deepEqual({ ids: [...ids], first: [...first] }, expectedGroups(columns, rows));
  assert.equal(count, first.length);
}

test("rows with equal keys are one group, numbered as the keys first come", (t) => {
  const any = fc.oneof(tables, crowdedTables({ minLength: 0, maxLength: 4 }));
  checkProperty(
    t,
    fc.property(any, (table) => check(table.columns, table.rows)),
    300,
  );
});

test("NaN is one key, -0 is 0, and to have no value is a key of its own", () => {
  const values = Float64Array.of(0, Number.NaN, -0, Number.NaN, 7, 7);
  const column = numericColumn("a", values, { validity: Uint8Array.of(0b011111) });
  assert.deepEqual([...groupRows([column], 6).ids], [0, 1, 0, 1, 2, 3]);
});

test("without keys all rows are one group, and no rows are none", () => {
  assert.deepEqual([...groupRows([], 3).ids], [0, 0, 0]);
  assert.equal(groupRows([], 0).count, 0);
});

test("thousands of keys of any kind are told apart, in memory that was used before", async () => {
  const rows = 20_000;
  const number = (row: number) => Math.imul(row % 7_001, 0x9e3779b1);
  const floats = numericColumn(
    "f",
    Float64Array.from({ length: rows }, (_, row) => number(row) / 3),
  );
  const longs = BigInt64Array.from({ length: rows }, (_, row) => BigInt(number(row)) << 20n);
  const texts = Array.from({ length: rows }, (_, row) => `key ${number(row)}`);
  const keys: readonly (readonly Column[])[] = [
    [floats],
    [
      numericColumn(
        "i",
        Int32Array.from({ length: rows }, (_, row) => number(row)),
      ),
    ],
    [numericColumn("l", longs)],
    [textColumn("t", texts)],
    [
      textColumn("t", texts),
      numericColumn(
        "u",
        Uint8Array.from({ length: rows }, (_, row) => row >> 4),
      ),
    ],
    [floats, numericColumn("l", longs)],
  ];
  for (let again = 0; again < 2; again++) {
    await withColumnMemory(async () => keys.forEach((key) => void check(key, rows)), {
      bytesMin: 0,
      spoil: true,
    });
  }
});

test("texts are ranked by code point, however many bytes they share", () => {
  const start = "the same beginning ";
  const texts = [
    `${start}b`,
    start,
    `${start}\0`,
    `${start}\u{1f600}`,
    `${start}\uffff`,
    "",
    `${start}b`,
  ];
  const { ranks, distinct } = textRanks(textColumn("t", texts));
  assert.deepEqual([...ranks], [3, 1, 2, 5, 4, 0, 3]);
  assert.equal(distinct, 6);
});
