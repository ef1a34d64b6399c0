import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Column, isNull, numericColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import detrend from "../../../tasks/detrend.ts";
import { checkProperty } from "../../support/properties.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";
import { assertClose, checkSignalCases, signalCases } from "../../support/signal-vectors.ts";
import { columns } from "../../support/tables.ts";

const operations = [{ a: "x", column: "y" }];
const tableOfX = (...x: number[]): Table => makeTable([numericColumn("x", Float64Array.from(x))]);

test("results are scipy's to 1e-14 of the largest value that a trend was taken from", async () => {
  await checkSignalCases(detrend, signalCases("columns", "detrend"), 1e-14, "x");
});

test("a straight line leaves nothing, however far from 0 it lies", async () => {
  const line = Array.from({ length: 20_000 }, (_, row) => 1e6 + 3.25 * row);
  const result = (await tableOf(detrend, { operations }, tableOfX(...line))).column("y");
  for (let row = 0; row < line.length; row++) {
    assert.ok(Math.abs(Number(valueAt(result, row))) < 1e-8, `row ${row}`);
  }
});

test("a line is taken over the rows with a value; the others stay without one", async () => {
  const x = Float64Array.of(1, 777, 3, 4, 5, 777, 7);
  const holed = numericColumn("x", x, { validity: Uint8Array.of(0b1011101) });
  const result = (await tableOf(detrend, { operations }, makeTable([holed]))).column("y");
  for (const row of [0, 2, 3, 4, 6]) assert.ok(Math.abs(Number(valueAt(result, row))) < 1e-14);
  assert.deepEqual([isNull(result, 1), isNull(result, 5)], [true, true]);
});

test("any chunks give what the whole gives, for every dtype, also with rows without a value", async (t) => {
  const dtype = fc.constantFrom("<f8", "<f4", "<i8", "<u8", "<i4", "|u1", "|b1" as const);
  const column = fc
    .tuple(dtype, fc.integer({ min: 0, max: 60 }))
    .chain(([of, rows]) => columns("x", of, rows))
    .map(withoutOverflow);
  const cases: [Column, number[]][] = [];
  const cuts = fc.array(fc.nat(60), { maxLength: 4 });
  checkProperty(
    t,
    fc.property(column, cuts, (made, at) => void cases.push([made, at])),
  );
  for (const [made, at] of cases) {
    for (const type of ["constant", "linear"]) {
      const table = makeTable([made]);
      const chunks = chunkedTableOf(detrend, { operations, type }, table, at);
      const [whole, parts] = await Promise.allSettled([
        tableOf(detrend, { operations, type }, table),
        chunks,
      ]);
      assert.equal(whole.status, parts.status);
      if (whole.status === "rejected" && parts.status === "rejected") {
        assert.equal(String(whole.reason), String(parts.reason));
      } else if (whole.status === "fulfilled" && parts.status === "fulfilled") {
        assertSame(parts.value.column("y"), whole.value.column("y"), made);
      }
    }
  }
});

/** Sums of floats near the end of the range are infinite, in one order of adding sooner than another. */
function withoutOverflow(column: Column): Column {
  if (column.kind === "text" || !(column.values instanceof Float64Array)) return column;
  const values = column.values.map((value) => (Math.abs(value) > 1e150 ? value / 1e160 : value));
  return numericColumn(column.name, values, { validity: column.validity });
}

/** Equal to 1e-12 of the greatest value of the source, which may be far above what is left of it. */
function assertSame(got: Column, wanted: Column, source: Column): void {
  const scale = Array.from({ length: source.length }, (_, row) =>
    Math.abs(Number(valueAt(source, row))),
  );
  const tolerance = 1e-12 * Math.max(0, ...scale);
  for (let row = 0; row < wanted.length; row++) {
    const [one, other] = [valueAt(got, row), valueAt(wanted, row)];
    const both = Object.is(one, other) || Math.abs(Number(one) - Number(other)) <= tolerance;
    assert.ok(both, `row ${row}: ${one} instead of ${other}`);
  }
}

test("an operation may read what one before it made", async () => {
  const chained = [{ a: "x", column: "y" }, { a: "y" }];
  const result = await tableOf(detrend, { operations: chained }, tableOfX(5, 1, 4, 4));
  assert.deepEqual(result.names, ["x", "y", "yDetrended"]);
  assertClose({ ...result.column("yDetrended"), name: "y" }, result.column("y"), 1e-14, "twice");
});

test("the first number that is not finite is named, in whatever chunk it lies", async () => {
  const table = tableOfX(1, 2, 3, Infinity, Number.NaN);
  const wanted = { code: "RTL_TABLE_INVALID", message: /"x", row 3 is not finite/ };
  await assert.rejects(tableOf(detrend, { operations }, table), wanted);
  await assert.rejects(chunkedTableOf(detrend, { operations }, table, [1, 2]), wanted);
  const code = "RTL_PARAMS_INVALID";
  await assert.rejects(tableOf(detrend, { operations, type: "cubic" }, table), { code });
});
