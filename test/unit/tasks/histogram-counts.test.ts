import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { columnFromJson } from "../../../src/table/json.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import histogramCounts from "../../../tasks/histogram-counts.ts";
import { checkChunked } from "../../support/chunked.ts";
import { floats, numberTables, wholes } from "../../support/number-tables.ts";
import { projectPath } from "../../support/project.ts";
import { tableOf } from "../../support/run-task.ts";

interface Reference {
  readonly data: Readonly<Record<string, unknown>>;
  readonly cases: readonly {
    readonly data: string;
    readonly bins: unknown;
    readonly edges: readonly number[];
    readonly counts: readonly number[];
  }[];
}
const reference = JSON.parse(
  readFileSync(projectPath("test", "vectors", "reference", "columns-histogram.json"), "utf8"),
) as Reference;

const valuesOf = (table: Table, name: string) =>
  Array.from({ length: table.rows }, (_, row) => Number(valueAt(table.column(name), row)));
const counts = (table: Table, given: object) =>
  tableOf(histogramCounts, { a: "x", ...given }, table);

test("edges and counts are numpy's, by every estimator", async () => {
  for (const { data, bins, edges, counts: expected } of reference.cases) {
    const table = makeTable([columnFromJson("x", reference.data[data])]);
    const result = await counts(table, { bins });
    const told = `${data}, ${bins}`;
    assert.deepEqual(valuesOf(result, "low"), edges.slice(0, -1), told);
    assert.deepEqual(valuesOf(result, "high"), edges.slice(1), told);
    assert.deepEqual(valuesOf(result, "count"), expected, told);
  }
});

test("counts in chunks are those of the whole, whether edges are given or found", async (t) => {
  const given = fc.constantFrom(
    { bins: 7 },
    { bins: "auto" },
    { bins: "scott" },
    { bins: [-3, 0, 0, 4.5] },
    { bins: 3, range: [-1, 2] },
  );
  for (const a of ["x", "i"]) {
    const params = given.map((drawn) => ({ a, ...drawn }));
    const tables = numberTables({ x: ["<f8", floats], i: ["<i8", wholes] });
    await checkChunked(t, histogramCounts, { params: () => params, tables });
  }
});

test("values outside of given edges, NaN and rows without a value do not count", async () => {
  const x = numericColumn("x", Float64Array.of(-1, 0, 1, 2, 3, Number.NaN, 1, Infinity), {
    validity: Uint8Array.of(0b10111111),
  });
  const result = await counts(makeTable([x]), { bins: 2, range: [0, 2] });
  assert.deepEqual(valuesOf(result, "count"), [1, 2]);
  assert.equal(result.column("count").dtype, "<i8");
  const none = makeTable([numericColumn("x", new Float64Array(0))]);
  assert.deepEqual(valuesOf(await counts(none, { bins: 2 }), "high"), [0.5, 1]);
});

test("whole numbers that no float holds are counted between given edges exactly", async () => {
  const x = BigInt64Array.of(2n ** 54n - 1n, 2n ** 54n, 2n ** 55n - 1n, 2n ** 55n, 2n ** 55n + 1n);
  const edges = [0, 2 ** 54, 2 ** 54, 2 ** 55];
  const result = await counts(makeTable([numericColumn("x", x)]), { bins: edges });
  assert.deepEqual(valuesOf(result, "count"), [1, 0, 3]);
});

test("a range needs a number of bins and must rise", async () => {
  const table = makeTable([numericColumn("x", Float64Array.of(1))]);
  const code = "RTL_PARAMS_INVALID";
  await assert.rejects(counts(table, { bins: "auto", range: [0, 1] }), { code });
  await assert.rejects(counts(table, { bins: 2, range: [1, 1] }), { code });
  await assert.rejects(counts(table, { bins: [1] }), { code });
});
