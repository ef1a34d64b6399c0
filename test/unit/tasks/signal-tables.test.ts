import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSpec } from "../../../src/protocol/document.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { isNull, numericColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import type { TaskDefinition } from "../../../src/task/define-task.ts";
import { createLibrary } from "../../../src/task/library.ts";
import bandPass from "../../../tasks/band-pass.ts";
import bandStop from "../../../tasks/band-stop.ts";
import decimate from "../../../tasks/decimate.ts";
import detrend from "../../../tasks/detrend.ts";
import envelope from "../../../tasks/envelope.ts";
import fft from "../../../tasks/fft.ts";
import highPass from "../../../tasks/high-pass.ts";
import lowPass from "../../../tasks/low-pass.ts";
import medianFilter from "../../../tasks/median-filter.ts";
import peaks from "../../../tasks/peaks.ts";
import powerSpectrum from "../../../tasks/power-spectrum.ts";
import resample from "../../../tasks/resample.ts";
import { checkProperty } from "../../support/properties.ts";
import { runDocument } from "../../support/run-document.ts";
import { tableOf } from "../../support/run-task.ts";
import { assertClose } from "../../support/signal-vectors.ts";
import { tables } from "../../support/tables.ts";

const operations = [{ a: "c0", column: "new" }];
const band = { low: 0.1, high: 0.2 };
/** Each task with parameters that fit any signal in column c0, and what becomes of its rows. */
const calls: readonly [TaskDefinition, object, (rows: number) => number][] = [
  [fft, { operations }, (rows) => (rows === 0 ? 0 : Math.floor(rows / 2) + 1)],
  [powerSpectrum, { operations, segment: "all" }, (rows) => (rows === 0 ? 0 : (rows >> 1) + 1)],
  [lowPass, { operations, rate: 1, cutoff: 0.2, zeroPhase: false }, (rows) => rows],
  [highPass, { operations, rate: 1, cutoff: 0.2, order: 1 }, (rows) => rows],
  [bandPass, { operations, rate: 1, ...band, zeroPhase: false }, (rows) => rows],
  [bandStop, { operations, rate: 1, ...band, zeroPhase: false }, (rows) => rows],
  [decimate, { columns: ["c0"], factor: 3, method: "fir" }, (rows) => Math.ceil(rows / 3)],
  [detrend, { operations }, (rows) => rows],
  [envelope, { operations }, (rows) => rows],
  [medianFilter, { operations, size: 3 }, (rows) => rows],
];

async function outcome(task: TaskDefinition, params: object, table: Table) {
  try {
    return await tableOf(task, params, table);
  } catch (error) {
    assert.ok(error instanceof RtlError, String(error));
    assert.match(error.code, /^RTL_(TABLE_INVALID|COLUMN_UNKNOWN|PARAMS_INVALID)$/, error.message);
    return error;
  }
}

/** Whether c0 is a signal: numbers, and a finite one in every row. */
function isSignal(table: Table): boolean {
  if (!table.has("c0")) return false;
  const column = table.column("c0");
  if (column.kind === "text") return false;
  return Array.from({ length: table.rows }, (_, row) => row).every(
    (row) => !isNull(column, row) && Number.isFinite(Number(valueAt(column, row))),
  );
}

test("any table is transformed, or refused as the user's fault, and a signal is not refused", async (t) => {
  const cases: Table[] = [];
  checkProperty(
    t,
    fc.property(tables, (table) => void cases.push(table)),
    150,
  );
  for (const table of cases) {
    for (const [task, params, rowsOf] of calls) {
      const result = await outcome(task, params, table);
      if (!(result instanceof RtlError)) assert.equal(result.rows, rowsOf(table.rows), task.name);
      else if (isSignal(table)) {
        // Filters both ways are the only ones that need more than one row.
        assert.match(result.message, /zeroPhase needs more than/, task.name);
      }
    }
  }
});

test("any column of any table finds its peaks, and its grid of times, or a fault of the user's", async (t) => {
  const cases: [Table, string][] = [];
  const methods = fc.constantFrom("linear", "nearest", "previous", "mean", "min", "max", "count");
  checkProperty(
    t,
    fc.property(tables, methods, (...made) => void cases.push(made)),
    150,
  );
  for (const [table, method] of cases) {
    const found = await outcome(peaks, { a: "c0", distance: 2, time: "c0" }, table);
    if (!(found instanceof RtlError)) assert.ok(found.rows <= table.rows / 2);
    // Random times seldom rise; row numbers do.
    const every = { time: "c0", every: 1e15, method };
    const made = await outcome(resample, every, table);
    if (!(made instanceof RtlError)) assert.equal(made.names[0], "c0");
  }
});

test("a job over many chunks gives the spectrum that one table gives", async () => {
  const input = makeTable([
    numericColumn(
      "c0",
      Float64Array.from({ length: 600 }, (_, row) => 50 + row / 9 + Math.sin(row / 3) + (row % 7)),
    ),
  ]);
  const tasks = [
    { detrend: { operations: [{ a: "c0", column: "flat" }] } },
    { lowPass: { operations: [{ a: "flat", column: "slow" }], rate: 90, cutoff: 8 } },
    { decimate: { factor: 3, method: "every" } },
    { detrend: { operations: [{ a: "slow" }], type: "constant" } },
    { fft: { operations: [{ a: "slowDetrended", column: "y" }], rate: 30 } },
  ];
  const library = createLibrary([detrend, lowPass, decimate, fft] as TaskDefinition[]);
  const job = (chunks: number) =>
    parseSpec({ version: 1, stages: { only: { tasks, split: { chunks } } } });
  const whole = await runDocument(job(1), { library, input });
  const parts = await runDocument(job(7), { library, input });
  assert.equal(whole.table.rows, 101);
  for (const wanted of whole.table.columns) {
    assertClose(parts.table.column(wanted.name), wanted, 1e-12, "seven chunks");
  }
  assert.ok(parts.stages.filter(({ chunks }) => chunks >= 6).length >= 2, "most work is in chunks");
});
