/** The few numbers that results of kernels are compared by. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSums, joinSums, sumsOf } from "../../../bench/column-sums.ts";
import { numericColumn, sliceColumn, textColumn } from "../../../src/table/column.ts";

const values = Float64Array.from({ length: 5_000 }, (_, row) => (row * 7) % 1_013);
const column = numericColumn("x", values);

test("the sums of parts, joined, are those of the whole column, however it is cut", () => {
  const whole = sumsOf(column, 0);
  for (const cuts of [
    [0, 5_000],
    [0, 1, 996, 997, 998, 5_000],
    [0, 0, 2_500, 5_000, 5_000],
  ]) {
    const parts = cuts.slice(1).map((end, index) => {
      const start = cuts[index] ?? 0;
      return sumsOf(sliceColumn(column, start, end), start);
    });
    assert.deepEqual(joinSums(parts), whole);
  }
});

test("sums tell apart columns that differ in one value, in their order or in their length", () => {
  const wanted = { x: sumsOf(column, 0) };
  const others = [
    values.with(2_000, 5_000),
    values.with(10, values[11] ?? 0).with(11, values[10] ?? 0),
    values.subarray(1),
  ];
  assertSums({ x: sumsOf(column, 0) }, wanted, "the same");
  for (const other of others) {
    const found = { x: sumsOf(numericColumn("x", other), 0) };
    assert.throws(() => assertSums(found, wanted, "another"), /another: /);
  }
  assert.throws(() => assertSums({}, wanted, "none"), /none: the columns/);
});

test("text counts with its bytes and its lengths, also where it is a slice", () => {
  const text = textColumn("t", ["zz", "ab", "", "c"]);
  const expected = { rows: 3, sum: 97 + 98 + 99, weighted: 2 * 1 + 0 + 1 * 3, first: 2, last: 1 };
  assert.deepEqual(sumsOf(sliceColumn(text, 1, 4), 0), expected);
});
