import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  edgeRow,
  filledFrom,
  filledWith,
  presentBits,
  rowsOfBits,
} from "../../../src/compute/statistics/missing.ts";
import { bitAt, type Column, type Value, valueAt } from "../../../src/table/column.ts";
import { checkProperty } from "../../support/properties.ts";
import { columns, dtypes } from "../../support/tables.ts";

const valuesOf = (column: Column): Value[] =>
  Array.from({ length: column.length }, (_, row) => valueAt(column, row));
const someColumn = fc
  .tuple(dtypes, fc.integer({ min: 0, max: 20 }))
  .chain(([dtype, rows]) => columns("a", dtype, rows));
const isMissing = (value: Value, nan: boolean) => value === null || (nan && Number.isNaN(value));

test("a row has a value unless it is null, or NaN where that counts as missing", (t) => {
  checkProperty(
    t,
    fc.property(someColumn, fc.boolean(), (column, nan) => {
      const bits = presentBits(column, nan);
      const wanted = valuesOf(column).map((value) => !isMissing(value, nan));
      assert.deepEqual(
        wanted.map((_, row) => bits === undefined || bitAt(bits, row)),
        wanted,
      );
      if (bits === undefined) return;
      const rows = wanted.flatMap((present, row) => (present ? [row] : []));
      assert.deepEqual([...rowsOfBits(bits, column.length)], rows);
    }),
  );
});

test("filling takes the value of the nearest row that has one, and else leaves the row", (t) => {
  checkProperty(
    t,
    fc.property(
      someColumn,
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (column, nan, backward, supplied) => {
        const values = valuesOf(column);
        const row = edgeRow(column, nan, !backward);
        const edge = supplied && row !== undefined ? (values[row] ?? undefined) : undefined;
        const filled = valuesOf(filledFrom(column, nan, backward, edge));
        const order = backward ? values.toReversed() : values;
        let last: Value | undefined = edge;
        const wanted = order.map((value) => {
          if (!isMissing(value, nan)) last = value;
          return isMissing(value, nan) ? (last ?? value) : value;
        });
        assert.deepEqual(filled, backward ? wanted.toReversed() : wanted);
      },
    ),
  );
});

test("filling with a value changes the rows that lack one, and no other", (t) => {
  const cases = fc.constantFrom(
    ["<f8", 0.5],
    ["<i8", 7],
    ["|u1", 9],
    ["|b1", true],
    ["O", "é"],
    ["|S4", "x"],
  );
  const filling = cases.chain(([dtype, value]) =>
    fc.tuple(columns("a", dtype as "<f8", 12), fc.constant(value as Value), fc.boolean()),
  );
  checkProperty(
    t,
    fc.property(filling, ([column, value, nan]) => {
      const filled = filledWith(column, nan, value);
      assert.equal(filled.dtype, column.dtype);
      const wanted = valuesOf(column).map((one) => (isMissing(one, nan) ? value : one));
      const plain = (values: Value[]) =>
        values.map((one) => (typeof one === "bigint" ? String(one) : one));
      const known = typeof value === "number" && column.dtype === "<i8" ? String(value) : value;
      assert.deepEqual(
        plain(valuesOf(filled)),
        plain(wanted).map((one) => (one === value ? known : one)),
      );
    }),
  );
});
