import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Column, numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import resample from "../../../tasks/resample.ts";
import { checkProperty } from "../../support/properties.ts";
import { tableOf } from "../../support/run-task.ts";
import { checkSignalCases, signalCases } from "../../support/signal-vectors.ts";

const values = (column: Column) =>
  Array.from({ length: column.length }, (_, row) => valueAt(column, row));
const timed = (t: readonly number[], ...others: Column[]): Table =>
  makeTable([numericColumn("t", Float64Array.from(t)), ...others]);
const floats = (name: string, ...list: number[]) => numericColumn(name, Float64Array.from(list));

test("results are those of numpy, scipy and pandas, to 1e-12 of the largest value", async () => {
  await checkSignalCases(resample, signalCases("resample"), 1e-12);
});

test("times that are a regular grid already come back as they were, by any method", async (t) => {
  const lists = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
  const cases: [number[], number][] = [];
  const starts = fc.constantFrom(0, 0.1, -7.3, 1_700_000_000.123);
  checkProperty(
    t,
    fc.property(lists, starts, (x, start) => void cases.push([x, start])),
    50,
  );
  for (const [x, start] of cases) {
    const table = timed(
      x.map((_, row) => start + row * 0.01),
      floats("x", ...x),
    );
    for (const method of ["linear", "nearest", "previous", "mean", "min", "max"]) {
      const result = await tableOf(resample, { time: "t", every: "10ms", method }, table);
      assert.equal(tableDifference(result, table, { relative: 1e-12 }), undefined, method);
    }
  }
});

test("a row without a value counts as missing, and NaN spreads to what is made of it", async () => {
  const x = numericColumn("x", Float64Array.of(7, 0, 20, Number.NaN, 40, 9), {
    validity: Uint8Array.of(0b011101),
  });
  const table = timed([0, 1, 2, 3, 4, 5], x);
  const made = async (method: string, every = 1) =>
    values((await tableOf(resample, { time: "t", every, method }, table)).column("x"));
  assert.deepEqual(await made("linear"), [7, 13.5, 20, Number.NaN, 40, null]);
  assert.deepEqual(await made("nearest"), [7, 7, 20, Number.NaN, 40, null]);
  assert.deepEqual(await made("previous"), [7, 7, 20, Number.NaN, 40, 40]);
  assert.deepEqual(await made("mean", 2), [7, Number.NaN, 40]);
  assert.deepEqual(await made("max", 2), [7, Number.NaN, 40]);
  assert.deepEqual(await made("count", 2), [1n, 2n, 1n]);
});

test("no value is made up in a gap, and previous holds the last one no longer than that", async () => {
  const x = numericColumn("x", Float64Array.of(0, 10, 60, 0), { validity: Uint8Array.of(0b0111) });
  const table = timed([0, 1, 6, 9], x);
  const made = async (method: string) =>
    values(
      (await tableOf(resample, { time: "t", every: 1, method, gapMax: 2 }, table)).column("x"),
    );
  assert.deepEqual(await made("linear"), [0, 10, null, null, null, null, 60, null, null, null]);
  assert.deepEqual(await made("previous"), [0, 10, null, null, null, null, 60, 60, 60, null]);
});

test("int64 times and values stay exact, and texts go where their row goes", async () => {
  const big = 2n ** 62n;
  const table = makeTable([
    numericColumn("t", BigInt64Array.of(big + 1n, big + 2n, big + 5n)),
    numericColumn("n", BigInt64Array.of(big - 1n, big - 3n, big - 2n)),
    textColumn("s", ["a", "b", "c"]),
  ]);
  const params = { time: "t", timeUnit: "ns", every: "2ns" };
  const previous = await tableOf(
    resample,
    { ...params, method: "previous", columns: ["n", "s"] },
    table,
  );
  assert.deepEqual(values(previous.column("t")), [big + 1n, big + 3n, big + 5n]);
  assert.deepEqual(values(previous.column("n")), [big - 1n, big - 3n, big - 2n]);
  assert.deepEqual(values(previous.column("s")), ["a", "b", "c"]);
  const least = await tableOf(resample, { ...params, method: "min" }, table);
  assert.deepEqual(least.names, ["t", "n"]);
  assert.deepEqual(values(least.column("n")), [big - 3n, null, big - 2n]);
});

test("none and one row make as many grid times", async () => {
  const params = { time: "t", every: "1s" };
  assert.equal((await tableOf(resample, params, timed([], floats("x")))).rows, 0);
  const one = await tableOf(resample, params, timed([3.5], floats("x", 8)));
  assert.deepEqual([values(one.column("t")), values(one.column("x"))], [[3.5], [8]]);
});

test("times that fall, repeat or are missing are refused with their row", async () => {
  const refused = (
    table: Table,
    message: RegExp,
    params: object = {},
    code = "RTL_TABLE_INVALID",
  ) =>
    assert.rejects(tableOf(resample, { time: "t", every: 1, ...params }, table), { code, message });
  await refused(timed([0, 2, 1]), /"t", row 2 is earlier than the row before/, { method: "mean" });
  await refused(timed([0, 2, 2]), /"t", row 2 has the time of the row before/);
  await refused(timed([0, Number.NaN]), /"t", row 1 is not finite/);
  await refused(timed([Infinity, 1]), /"t", row 0 is not finite/);
  const t = numericColumn("t", Float64Array.of(1, 2), { validity: Uint8Array.of(0b01) });
  await refused(makeTable([t]), /"t", row 1 has no value/);
  await refused(makeTable([textColumn("t", ["1"])]), /text/);
  await refused(makeTable([t, textColumn("s", ["a", "b"])]), /value/, { columns: ["s"] });
});

test("steps that do not fit the times are refused by name", async () => {
  const whole = makeTable([numericColumn("t", BigInt64Array.of(0n, 5n)), floats("x", 1, 2)]);
  const refused = (params: object, message: RegExp, table = whole) =>
    assert.rejects(tableOf(resample, { time: "t", ...params }, table), {
      code: "RTL_PARAMS_INVALID",
      message,
    });
  await refused({ every: "10ms" }, /every: a step of 0.01 is no whole number/);
  await refused(
    { every: 1e-9 },
    /every: this would make \d+ rows/,
    timed([0, 5], floats("x", 1, 2)),
  );
  await refused({ every: "fast" }, /every: give a number of seconds/);
  await refused({ every: "0ms" }, /every/);
  await refused({ every: 0 }, /every/);
  await refused({ every: 1, method: "mean", gapMax: 1 }, /gapMax: mean has no use for it/);
  await refused({ every: 1, method: "cubic" }, /method/);
});
