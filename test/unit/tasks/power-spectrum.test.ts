import assert from "node:assert/strict";
import { test } from "node:test";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import powerSpectrum from "../../../tasks/power-spectrum.ts";
import { runTask, tableOf } from "../../support/run-task.ts";
import { checkSignalCases, signalCases } from "../../support/signal-vectors.ts";

const tableOfX = (...x: number[]): Table => makeTable([numericColumn("x", Float64Array.from(x))]);
const operations = [{ a: "x" }];
const values = (table: Table, name: string) =>
  Array.from({ length: table.rows }, (_, row) => Number(valueAt(table.column(name), row)));
const wave = tableOfX(
  ...Array.from({ length: 1000 }, (_, i) => 2 * Math.sin((2 * Math.PI * i) / 10)),
);

test("spectra are those of scipy's welch and periodogram, to 1e-12 of the largest bin", async () => {
  await checkSignalCases(powerSpectrum, signalCases("power-spectrum"), 1e-12);
});

test("the density over all frequencies is the variance of the signal", async () => {
  const params = { operations, rate: 100, segment: "all", window: "none" };
  const result = await tableOf(powerSpectrum, params, wave);
  const sum = values(result, "xPower").reduce((total, power) => total + power, 0);
  // A sine of height 2 has variance 2; bins are 0.1 Hz apart.
  assert.ok(Math.abs(sum * 0.1 - 2) < 1e-10, String(sum * 0.1));
});

test("spectrum scaling gives the power of a sine, and decibels ten times its logarithm", async () => {
  const params = { operations, rate: 100, segment: 100, scaling: "spectrum" };
  const plain = values(await tableOf(powerSpectrum, params, wave), "xPower");
  assert.ok(Math.abs((plain[10] ?? 0) - 2) < 1e-10, String(plain[10]));
  const shown = values(await tableOf(powerSpectrum, { ...params, decibels: true }, wave), "xPower");
  assert.ok(Math.abs((shown[10] ?? 0) - 10 * Math.log10(2)) < 1e-9, String(shown[10]));
});

test("a segment longer than the table is cut, and the log says so", async () => {
  const call = { params: { operations, segment: 64 }, part: "run" } as const;
  const { table, reports } = await runTask(powerSpectrum, call, tableOfX(1, 2, 4, 1));
  assert.equal(table.rows, 3);
  assert.deepEqual(reports[0]?.lines, ["powerSpectrum: the only segment has 4 rows, not 64"]);
});

test("no rows make no frequencies", async () => {
  const { rows, names } = await tableOf(powerSpectrum, { operations }, tableOfX());
  assert.deepEqual([rows, names], [0, ["frequency", "xPower"]]);
});

test("segments must go on: an overlap as long as a segment is refused", async () => {
  const code = "RTL_PARAMS_INVALID";
  const refused = (params: unknown, table: Table) =>
    assert.rejects(tableOf(powerSpectrum, params, table), { code, message: /overlap/ });
  await refused({ operations, segment: 8, overlap: 8 }, wave);
  await refused({ operations, segment: 8, overlap: 4 }, tableOfX(1, 2, 3, 4));
  const hole = tableOf(powerSpectrum, { operations }, tableOfX(1, Number.NaN));
  await assert.rejects(hole, { code: "RTL_TABLE_INVALID", message: /"x", row 1 is NaN/ });
});
