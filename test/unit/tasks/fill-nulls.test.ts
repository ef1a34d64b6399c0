import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Value, valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import type { Table } from "../../../src/table/table.ts";
import fillNulls from "../../../tasks/fill-nulls.ts";
import { checkChunked } from "../../support/chunked.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";

const table = tableFromContents({
  x: [null, 1.5, null, Number.NaN, null],
  n: [1, null, 3, null, null],
  s: ["a", null, null, "b", null],
});
const valuesOf = (result: Table, name: string): Value[] =>
  Array.from({ length: result.rows }, (_, row) => valueAt(result.column(name), row));
const filled = (params: unknown) => tableOf(fillNulls, params, table);

test("a value fills the columns of its kind, or those that are named", async () => {
  const numbers = await filled({ value: 0 });
  assert.deepEqual(valuesOf(numbers, "x"), [0, 1.5, 0, Number.NaN, 0]);
  assert.deepEqual(valuesOf(numbers, "n"), [1n, 0n, 3n, 0n, 0n]);
  assert.deepEqual(valuesOf(numbers, "s"), valuesOf(table, "s"));
  const one = await filled({ value: 0, columns: ["x"], nan: true });
  assert.deepEqual(valuesOf(one, "x"), [0, 1.5, 0, 0, 0]);
  assert.deepEqual(valuesOf(one, "n"), valuesOf(table, "n"));
  const each = await filled({ values: { n: "9007199254740993", s: "?" } });
  assert.deepEqual(valuesOf(each, "n"), [
    1n,
    9007199254740993n,
    3n,
    ...Array(2).fill(9007199254740993n),
  ]);
  assert.deepEqual(valuesOf(each, "s"), ["a", "?", "?", "b", "?"]);
});

test("a value that does not fit its column is refused with both", async () => {
  await assert.rejects(filled({ value: 0.5, columns: "n" }), {
    code: "RTL_PARAMS_INVALID",
    message: /0\.5 does not fit column "n" \(<i8\)/,
  });
  await assert.rejects(filled({ values: { s: 1 } }), {
    message: /1 does not fit column "s" \(O\)/,
  });
  await assert.rejects(filled({ values: { y: 1 } }), { code: "RTL_COLUMN_UNKNOWN" });
});

test("neighbours fill forward and backward, also from other chunks", async () => {
  for (const cuts of [[], [1], [2, 4], [1, 2, 3, 4]]) {
    const forward = await chunkedTableOf(fillNulls, { method: "forward" }, table, cuts);
    assert.deepEqual(valuesOf(forward, "x"), [null, 1.5, 1.5, Number.NaN, Number.NaN]);
    assert.deepEqual(valuesOf(forward, "s"), ["a", "a", "a", "b", "b"]);
    const backward = await chunkedTableOf(
      fillNulls,
      { method: "backward", nan: true },
      table,
      cuts,
    );
    assert.deepEqual(valuesOf(backward, "x"), [1.5, 1.5, null, Number.NaN, null]);
    assert.deepEqual(valuesOf(backward, "n"), [1n, 3n, 3n, null, null]);
  }
});

test("the mean is that of the values there are, of float columns only", async () => {
  const means = await filled({ method: "mean", nan: true });
  assert.deepEqual(valuesOf(means, "x"), [1.5, 1.5, 1.5, 1.5, 1.5]);
  assert.deepEqual(valuesOf(means, "n"), valuesOf(table, "n"));
  const spoiled = await filled({ method: "mean" });
  assert.deepEqual(valuesOf(spoiled, "x")[0], Number.NaN);
  await assert.rejects(filled({ method: "mean", columns: "n" }), {
    message: /a mean needs floats, but column "n" is <i8/,
    fix: "cast it to float64 first",
  });
});

test("one way of filling must be given, and no more", async () => {
  const wrong = [{}, { value: 1, method: "mean" }, { values: { n: 1 }, value: 2 }];
  for (const params of wrong) {
    await assert.rejects(filled(params), { message: /give one of value, values and method/ });
  }
  await assert.rejects(filled({ values: { n: 1 }, columns: "n" }), {
    message: /leave out columns/,
  });
});

test("filling chunks is filling the whole", async (t) => {
  const names = ({ names: all }: Table) => fc.array(fc.constantFrom(...all, "*"), { minLength: 1 });
  const given = fc.constantFrom<number | string | boolean>(0, 1.5, "x", true, "12");
  await checkChunked(t, fillNulls, {
    runs: 400,
    tolerance: { relative: 1e-12 },
    params: (some) =>
      fc.oneof(
        fc.record({ value: given, columns: names(some), nan: fc.boolean() }),
        fc.record({ value: given, nan: fc.boolean() }),
        fc.record({ values: fc.dictionary(fc.constantFrom(...some.names, "c0"), given) }),
        fc.record({ method: fc.constantFrom("forward", "backward"), nan: fc.boolean() }),
        fc.record({ method: fc.constantFrom("forward", "backward"), columns: names(some) }),
      ),
  });
});

test("a mean over chunks is the mean of the whole, to 12 digits", async (t) => {
  const values = fc.array(fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: null }));
  await checkChunked(t, fillNulls, {
    tables: values.map((x) => tableFromContents({ x: [...x, 1e6] })),
    tolerance: { relative: 1e-12 },
    params: () => fc.constant({ method: "mean" }),
  });
});
