import assert from "node:assert/strict";
import { test } from "node:test";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable } from "../../../src/table/table.ts";
import envelope from "../../../tasks/envelope.ts";
import { tableOf } from "../../support/run-task.ts";
import { checkSignalCases, signalCases } from "../../support/signal-vectors.ts";

const operations = [{ a: "x" }];

test("envelopes are those of scipy's hilbert, to 1e-12 of the largest value", async () => {
  await checkSignalCases(envelope, signalCases("columns", "envelope"), 1e-12);
});

test("the envelope of a modulated wave is what it was modulated with", async () => {
  const strength = (row: number) => 2 + Math.cos((2 * Math.PI * row) / 500);
  const x = Float64Array.from(
    { length: 1000 },
    (_, row) => strength(row) * Math.sin((2 * Math.PI * row) / 10),
  );
  const result = await tableOf(envelope, { operations }, makeTable([numericColumn("x", x)]));
  for (let row = 0; row < 1000; row++) {
    assert.ok(Math.abs(Number(valueAt(result.column("xEnvelope"), row)) - strength(row)) < 1e-9);
  }
});

test("no rows have no envelope, and NaN is refused", async () => {
  const none = makeTable([numericColumn("x", new Float64Array(0))]);
  assert.equal((await tableOf(envelope, { operations }, none)).rows, 0);
  const holed = makeTable([numericColumn("x", Float64Array.of(Number.NaN))]);
  const wanted = { code: "RTL_TABLE_INVALID", message: /"x", row 0 is NaN/ };
  await assert.rejects(tableOf(envelope, { operations }, holed), wanted);
});
