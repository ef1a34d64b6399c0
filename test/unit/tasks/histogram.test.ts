import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, renamed, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { columnFromJson } from "../../../src/table/json.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import histogram from "../../../tasks/histogram.ts";
import { checkChunked } from "../../support/chunked.ts";
import { floats, measurements, numberTables, wholes } from "../../support/number-tables.ts";
import { projectPath } from "../../support/project.ts";
import { tableOf } from "../../support/run-task.ts";
import { checkVectors } from "../../support/vector-cases.ts";

interface Reference {
  readonly data: Readonly<Record<string, unknown>>;
  readonly cases: readonly {
    readonly data: string;
    readonly bins: unknown;
    readonly edges: readonly number[];
  }[];
}
const reference = JSON.parse(
  readFileSync(projectPath("test", "vectors", "reference", "columns-histogram.json"), "utf8"),
) as Reference;

const params = (bins: unknown) => ({ operations: [{ a: "x", bins, column: "bin" }] });
const labels = async (table: Table, bins: unknown) => {
  const column = (await tableOf(histogram, params(bins), table)).column("bin");
  return Array.from({ length: table.rows }, (_, row) => valueAt(column, row));
};
const tableOfX = (...x: number[]) => makeTable([numericColumn("x", Float64Array.from(x))]);

test("every row gets the least of numpy's edges that is not below it, by every estimator", async () => {
  for (const { data, bins, edges } of reference.cases) {
    const x = columnFromJson("x", reference.data[data]);
    const expected = Array.from({ length: x.length }, (_, row) => {
      const value = Number(valueAt(x, row));
      return edges.find((edge) => edge >= value) ?? Number.NaN;
    });
    assert.deepEqual(await labels(makeTable([x]), bins), expected, `${data}, ${bins}`);
  }
});

test("the vectors hold on whole tables and in chunks", () => checkVectors(histogram));

test("a histogram in chunks is that of the whole, whatever the dtype", async (t) => {
  const bins = fc.oneof(
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom("sqrt", "sturges", "rice", "auto", "fd", "stone"),
    fc.constantFrom([0, 0, 2.5], [-3, 1e3], [7]),
  );
  const given = bins.map((drawn) => ({
    operations: [
      { a: "x", bins: drawn, column: "b" },
      { a: "i", bins: drawn, column: "c" },
    ],
  }));
  await checkChunked(t, histogram, {
    params: () => given,
    tables: numberTables({ x: ["<f8", floats], i: ["<i8", wholes] }),
  });
  const small = fc.integer({ min: 0, max: 200 });
  await checkChunked(t, histogram, {
    params: () => given,
    tables: numberTables({ x: ["<f4", measurements], i: ["|u1", small] }),
  });
});

test("estimators by moments give the same number of bins in any chunks", async (t) => {
  const given = fc.constantFrom("scott", "doane").map(params);
  await checkChunked(t, histogram, {
    params: () => given,
    tables: numberTables({ x: ["<f8", measurements] }),
    runs: 300,
  });
});

test("an operation can bin what one before it made, and that gathers", async () => {
  const operations = [
    { a: "x", bins: 2, column: "half" },
    { a: "half", bins: [0, 2, 9], column: "again" },
  ];
  assert.equal(resolveShape(histogram.shape, { operations }), "gather");
  const result = await tableOf(histogram, { operations }, tableOfX(0, 1, 2, 3));
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => valueAt(result.column("again"), row)),
    [0, 2, 9, 9],
  );
});

test("estimators that need all values gather, others fold", () => {
  for (const bins of ["auto", "fd", "stone"]) {
    assert.equal(resolveShape(histogram.shape, params(bins)), "gather");
  }
  for (const bins of ["scott", "doane", "rice", "sturges", "sqrt", 5, [1, 2]]) {
    assert.equal(resolveShape(histogram.shape, params(bins)), "fold");
  }
});

test("rows without a value get no bin and move no edge", async () => {
  const validity = Uint8Array.of(0b1011);
  const x = numericColumn("x", Float64Array.of(0, 1, Number.NaN, 2), { validity });
  assert.deepEqual(await labels(makeTable([x]), 2), [0, 1, null, 2]);
  const none = numericColumn("x", Float64Array.of(5, 6), { validity: Uint8Array.of(0) });
  assert.deepEqual(await labels(makeTable([none]), 2), [null, null]);
});

test("given edges are held against whole numbers that no float holds", async () => {
  const x = BigInt64Array.of(2n ** 54n - 1n, 2n ** 54n, 2n ** 54n + 1n, 2n ** 63n - 1n);
  const edges = [0, 2 ** 54, 2 ** 55, 2 ** 62];
  const found = await labels(makeTable([numericColumn("x", x)]), edges);
  assert.deepEqual(found, [2 ** 54, 2 ** 54, 2 ** 55, Number.NaN]);
});

test("edges closer than a few roundings, and edges across all floats, still hold every value", async () => {
  const near = [1, 1 + Number.EPSILON, 1 + 3 * Number.EPSILON];
  const found = await labels(tableOfX(...near), 50);
  near.forEach((value, row) => void assert.ok(Number(found[row]) >= value));
  const wide = await labels(tableOfX(-(2 ** 1023), 0.5, 2 ** 1023), 4);
  assert.deepEqual(wide, [-(2 ** 1023), 2 ** 1022, 2 ** 1023]);
  assert.deepEqual(await labels(tableOfX(0, 5e-324), 3), [0, 5e-324]);
});

test("NaN and infinities have a bin among given edges only", async () => {
  const table = tableOfX(Number.NaN, Infinity, -Infinity, 1);
  assert.deepEqual(await labels(table, [0, 2]), [Number.NaN, Number.NaN, 0, 2]);
  for (const bins of [3, "auto", "scott"]) {
    await assert.rejects(labels(table, bins), { code: "RTL_TABLE_INVALID" });
  }
});

test("bins that are no bins are refused", async () => {
  for (const bins of [0, -1, 2.5, [], [3, 1], "many", null, true]) {
    await assert.rejects(labels(tableOfX(1), bins), {
      code: "RTL_PARAMS_INVALID",
      message: /operations\[0\].bins/,
    });
  }
  await assert.rejects(labels(tableOfX(1), "auto!"), { message: /one of auto fd stone/ });
  const taken = { operations: [{ a: "x", bins: 1, column: "x" }] };
  await assert.rejects(tableOf(histogram, taken, tableOfX(1)), { code: "RTL_TABLE_INVALID" });
  const text = makeTable([renamed(columnFromJson("x", { dtype: "O", values: ["a"] }), "x")]);
  await assert.rejects(labels(text, 1), { code: "RTL_TABLE_INVALID", message: /is text/ });
});

test("an estimator that asks for more bins than a memory holds is refused", async () => {
  const values = Array.from({ length: 200 }, (_, i) => i % 7);
  const table = tableOfX(...values, 1e12);
  await assert.rejects(labels(table, "fd"), { code: "RTL_PARAMS_INVALID", message: /ask for/ });
});

test("the new column stands right of the others, which are as they were", async () => {
  const table = tableOfX(3, 1);
  const result = await tableOf(histogram, params(1), table);
  assert.equal(tableDifference(makeTable([result.column("x")]), table), undefined);
  assert.deepEqual(result.names, ["x", "bin"]);
});
