import assert from "node:assert/strict";
import { test } from "node:test";
import { numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import fft from "../../../tasks/fft.ts";
import { tableOf } from "../../support/run-task.ts";
import { assertClose, checkSignalCases, signalCases } from "../../support/signal-vectors.ts";

const tableOfX = (...x: number[]): Table => makeTable([numericColumn("x", Float64Array.from(x))]);
const values = (table: Table, name: string) =>
  Array.from({ length: table.rows }, (_, row) => Number(valueAt(table.column(name), row)) + 0);
const sine = (rows: number, height: number, rate: number, frequency: number): Table =>
  tableOfX(
    ...Array.from(
      { length: rows },
      (_, i) => height * Math.sin((2 * Math.PI * frequency * i) / rate),
    ),
  );

test("spectra are numpy's to 1e-12 of the largest bin, for any length, window and output", async () => {
  await checkSignalCases(fft, signalCases("fft"), 1e-12);
});

test("the amplitude of a sine at its bin is its height, in any window but for leaking to others", async () => {
  for (const window of ["none", "hann", "flattop"]) {
    const params = { operations: [{ a: "x" }], rate: 200, output: "amplitude", window };
    const result = await tableOf(fft, params, sine(400, 3, 200, 25));
    const peak = values(result, "frequency").indexOf(25);
    assert.ok(Math.abs((values(result, "xAmplitude")[peak] ?? 0) - 3) < 1e-9, window);
  }
});

test("no rows make no frequencies, and a constant has frequency 0 only", async () => {
  const params = { operations: [{ a: "x" }], output: "complex" };
  const none = await tableOf(fft, { ...params, time: "x" }, tableOfX());
  assert.deepEqual([none.rows, none.names], [0, ["frequency", "xReal", "xImaginary"]]);
  const constant = await tableOf(fft, params, tableOfX(2, 2, 2, 2, 2, 2));
  const wanted = numericColumn("xReal", Float64Array.of(12, 0, 0, 0));
  assertClose(constant.column("xReal"), wanted, 1e-15, "constant");
});

test("a time column gives the rate, if it is uniform", async () => {
  const x = Float64Array.of(1, 5, 2, 7);
  const params = { operations: [{ a: "x" }], time: "t", timeUnit: "ms" };
  const even = makeTable([
    numericColumn("t", BigInt64Array.of(40n, 50n, 60n, 70n)),
    numericColumn("x", x),
  ]);
  assert.deepEqual(values(await tableOf(fft, params, even), "frequency"), [0, 25, 50]);
  const uneven = makeTable([
    numericColumn("t", Float64Array.of(0, 1, 2, 4)),
    numericColumn("x", x),
  ]);
  await assert.rejects(tableOf(fft, params, uneven), {
    code: "RTL_TABLE_INVALID",
    message: /"t" is not uniform: the step to row 3 is 2 ms, the mean step 1.33333 ms/,
  });
});

test("very large and very small numbers keep their magnitude", async () => {
  const params = { operations: [{ a: "x" }] };
  for (const scale of [1e200, 1e-200]) {
    const result = await tableOf(fft, params, tableOfX(scale, 0, 0, 0, 0));
    for (const value of values(result, "xMagnitude")) {
      assert.ok(Math.abs(value / scale - 1) < 1e-12, String(value));
    }
  }
});

test("what has no spectrum is refused, with the row or the parameter", async () => {
  const operations = [{ a: "x" }];
  const refused = (params: unknown, table: Table, code: string, message: RegExp) =>
    assert.rejects(tableOf(fft, params, table), { code, message });
  await refused(
    { operations },
    tableOfX(1, 2, Number.NaN),
    "RTL_TABLE_INVALID",
    /"x", row 2 is NaN/,
  );
  await refused(
    { operations },
    tableOfX(1, Infinity),
    "RTL_TABLE_INVALID",
    /"x", row 1 is Infinity/,
  );
  const hole = numericColumn("x", Float64Array.of(1, 2, 3), { validity: Uint8Array.of(0b101) });
  await refused({ operations }, makeTable([hole]), "RTL_TABLE_INVALID", /"x", row 1 has no value/);
  const text = makeTable([textColumn("x", ["a"])]);
  await refused({ operations }, text, "RTL_TABLE_INVALID", /text/);
  await refused({ operations: [{ a: "y" }] }, tableOfX(1), "RTL_COLUMN_UNKNOWN", /"y"/);
  await refused({ operations: [] }, tableOfX(1), "RTL_PARAMS_INVALID", /operations/);
  await refused({ operations, rate: 0 }, tableOfX(1), "RTL_PARAMS_INVALID", /rate/);
  await refused({ operations, rate: 1, time: "x" }, tableOfX(1), "RTL_PARAMS_INVALID", /not both/);
  await refused({ operations, time: "x" }, tableOfX(1), "RTL_TABLE_INVALID", /too few rows/);
});
