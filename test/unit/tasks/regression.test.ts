import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { pack, unpack } from "../../../src/protocol/codec.ts";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { tableFromJson } from "../../../src/table/json.ts";
import { makeTable, sliceRows, type Table } from "../../../src/table/table.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import regression from "../../../tasks/regression.ts";
import { checkChunked } from "../../support/chunked.ts";
import { isClose } from "../../support/close-tables.ts";
import { measurements, numberTables } from "../../support/number-tables.ts";
import { projectPath } from "../../support/project.ts";
import { chunkedTableOf, runTask, tableOf } from "../../support/run-task.ts";
import { checkVectors } from "../../support/vector-cases.ts";

interface Reference {
  readonly data: Readonly<Record<string, object>>;
  readonly cases: readonly {
    readonly data: string;
    readonly degree: number;
    readonly rank: number;
    readonly coefficients: readonly number[];
    readonly fitted: readonly number[];
  }[];
  readonly lines: readonly {
    readonly data: string;
    readonly slope: number;
    readonly intercept: number;
    readonly r2: number;
  }[];
}
const reference = JSON.parse(
  readFileSync(projectPath("test", "vectors", "reference", "columns-polyfit.json"), "utf8"),
) as Reference;

const data = (name: string) => tableFromJson({ columns: reference.data[name] });
const operation = (model: string, space: string, d?: number) => ({
  operations: [{ x: "x", y: "y", model, space, ...(d !== undefined && { d }) }],
});
const tableOfXY = (x: readonly number[], y: readonly number[]) =>
  makeTable([numericColumn("x", Float64Array.from(x)), numericColumn("y", Float64Array.from(y))]);
const column = (table: Table, name: string) =>
  Array.from({ length: table.rows }, (_, row) => valueAt(table.column(name), row));
const logOf = async (params: unknown, table: Table) => {
  const { reports } = await runTask(regression, { params, part: "run" }, table);
  return reports.flatMap(({ lines }) => lines);
};
/** The three numbers of a line of the log. */
const numbersIn = (line = "") => (line.match(/-?\d[\d.e+-]*/g) ?? []).map(Number);

function assertClose(
  found: readonly unknown[],
  expected: readonly number[],
  relative: number,
  told: string,
) {
  const size = Math.max(...expected.map(Math.abs));
  assert.equal(found.length, expected.length, told);
  for (const [index, value] of expected.entries()) {
    const apart = Math.abs(Number(found[index]) - value);
    assert.ok(apart <= relative * size, `${told}, ${index}: ${found[index]} and ${value}`);
  }
}

test("the vectors hold on whole tables and in chunks", () =>
  checkVectors(regression, { relative: 1e-8 }));

test("polynomials are numpy's, also where rows do not determine them", async () => {
  for (const { data: name, degree, rank, coefficients, fitted } of reference.cases) {
    const told = `${name}, degree ${degree}`;
    const result = await tableOf(regression, operation("Poly", "sorted", degree), data(name));
    assertClose(column(result, "yPoly"), fitted, 1e-8, told);
    const lines = await logOf(operation("Poly", "sorted", degree), data(name));
    assert.equal(lines.length, rank <= degree ? 2 : 1, told);
    if (name === "curve" || name === "exact") {
      const found = numbersIn(lines.at(-1)?.replace(/.*\[(.*)\].*/, "$1"));
      assertClose(found, coefficients, 1e-8, `coefficients of ${told}`);
    }
  }
});

test("polynomials in chunks are numpy's", async () => {
  for (const { data: name, degree, coefficients } of reference.cases) {
    if (name !== "curve" && name !== "wholes") continue;
    const table = data(name);
    const params = operation("Poly", "linear", degree);
    const result = await chunkedTableOf(regression, params, table, [0, 1, 17, 18, 33]);
    const top = Math.max(...column(table, "x").map(Number));
    const expected = Array.from({ length: table.rows }, (_, i) =>
      coefficients.reduce((y, c) => y * ((top * i) / (table.rows - 1)) + c, 0),
    );
    assertClose(column(result, "yPoly"), expected, 1e-8, `${name}, degree ${degree}`);
  }
});

test("lines are those of least squares, and r is the coefficient of determination", async () => {
  for (const { data: name, slope, intercept, r2 } of reference.lines) {
    const [m, c, r] = numbersIn((await logOf(operation("Linear", "log"), data(name)))[0]);
    assertClose([m], [slope], 1e-11, `slope of ${name}`);
    const size = Math.max(
      Math.abs(intercept),
      ...column(data(name), "y").map(Number).map(Math.abs),
    );
    assert.ok(Math.abs(Number(c) - intercept) <= 1e-11 * size, `${name}: ${c} and ${intercept}`);
    assert.ok(Math.abs(Number(r) - r2) <= 1e-11, `${name}: ${r} and ${r2}`);
  }
});

test("a line in chunks is that of the whole", async (t) => {
  const params = fc
    .constantFrom("linear", "log", "sorted")
    .map((space) => operation("Linear", space));
  const tables = numberTables({
    x: ["<f8", measurements],
    y: ["<i4", fc.integer({ min: -99, max: 99 })],
  });
  await checkChunked(t, regression, { params: () => params, tables, ofGreatest: 1e-11 });
});

test("a polynomial in chunks is that of the whole", async (t) => {
  const params = fc.integer({ min: 0, max: 4 }).map((d) => operation("Poly", "log", d));
  // Distinct, evenly spread x: how near an ill-posed fit comes says nothing about chunks.
  const tables = numberTables({ y: ["<f8", measurements] }, 12).map((table) => {
    const x = Float64Array.from({ length: table.rows }, (_, row) => ((row * 7) % 31) / 3);
    return makeTable([numericColumn("x", x), ...table.columns]);
  });
  await checkChunked(t, regression, { params: () => params, tables, ofGreatest: 1e-8 });
});

test("chunks far from zero, and far from each other, lose no digits of the line", async () => {
  const x = Array.from({ length: 4000 }, (_, i) => 1.6e9 + i / 1000);
  const y = x.map((value, i) => 3 * (value - 1.6e9) + (i % 2 === 0 ? 0.25 : -0.25) + 1e6);
  const table = tableOfXY(x, y);
  const [m = 0, , r = 0] = numbersIn((await logOf(operation("Linear", "sorted"), table))[0]);
  const [slope, , determined] = numbersIn(await logInChunks(table, [1, 700, 2500, 4000]));
  assert.ok(Math.abs(m / Number(slope) - 1) < 1e-11, `${m} and ${slope}`);
  assert.ok(Math.abs(r / Number(determined) - 1) < 1e-11, `${r} and ${determined}`);
});

async function logInChunks(table: Table, ends: readonly number[]) {
  const params = operation("Linear", "linear");
  const states: unknown[] = [];
  for (const [index, end] of ends.entries()) {
    const chunk = sliceRows(table, ends[index - 1] ?? 0, end);
    states.push((await runTask(regression, { params, part: "measure" }, chunk)).state);
  }
  const merge = { params, part: "merge", states, final: true } as const;
  return (await runTask(regression, merge)).reports[0]?.lines[0];
}

test("the log has python's numbers: a line for each operation, with a warning where one is due", async () => {
  const table = tableOfXY([0, 1, 2, 3], [1, 3, 5, 7]);
  const [line] = await logOf(operation("Linear", "linear"), table);
  assert.equal(line, "=> Regression[Linear] Results: m=2.0, c=1.0, r=1.0");
  assert.deepEqual(await logOf(operation("Linear", "linear"), tableOfXY([3], [4])), [
    "=> Regression[Linear] Results: m=0.0, c=4.0, r=nan",
  ]);
  const [warning, poly] = await logOf(operation("Poly", "linear", 1), tableOfXY([0], [4]));
  assert.equal(warning, "=> Regression[Poly] Warning: the rows determine 1 of 2 coefficients");
  assert.equal(poly, "=> Regression[Poly] Results: m=[0.0, 4.0], c=None, r=None");
});

test("equal x make a level line through the mean, equal y one that explains everything", async () => {
  const level = await logOf(operation("Linear", "linear"), tableOfXY([0.1, 0.1, 0.1], [1, 2, 4.5]));
  assert.deepEqual(level, ["=> Regression[Linear] Results: m=0.0, c=2.5, r=0.0"]);
  const [line] = await logOf(operation("Linear", "linear"), tableOfXY([1, 2, 3], [0.1, 0.1, 0.1]));
  assert.equal(line, "=> Regression[Linear] Results: m=0.0, c=0.1, r=1.0");
});

test("NaN and infinities: Linear refuses them, Poly gives NaN throughout", async () => {
  for (const [x, y] of [
    [
      [1, Number.NaN],
      [1, 2],
    ],
    [
      [1, 2],
      [1, Infinity],
    ],
  ] as const) {
    const linear = tableOf(regression, operation("Linear", "linear"), tableOfXY(x, y));
    await assert.rejects(linear, { code: "RTL_TABLE_INVALID", message: /holds NaN/ });
    const poly = await chunkedTableOf(
      regression,
      operation("Poly", "log", 1),
      tableOfXY(x, y),
      [1],
    );
    assert.deepEqual(column(poly, "yPoly"), [Number.NaN, Number.NaN]);
  }
});

test("rows that lack a value in x or y take no part in the fit, but have a point", async () => {
  const x = numericColumn("x", Float64Array.of(0, 99, 1, 2, 4), {
    validity: Uint8Array.of(0b11101),
  });
  const y = numericColumn("y", Float64Array.of(1, 5, 77, 5, 9), {
    validity: Uint8Array.of(0b11011),
  });
  const table = makeTable([x, y]);
  const result = await chunkedTableOf(regression, operation("Linear", "linear"), table, [2, 3]);
  assertClose(column(result, "yLinear"), [1, 3, 5, 7, 9], 1e-12, "linear");
  const sorted = await tableOf(regression, operation("Linear", "sorted"), table);
  assertClose(column(sorted, "yLinear").slice(0, 4), [1, 3, 5, 9], 1e-12, "sorted");
  assert.equal(column(sorted, "yLinear")[4], null);
  const none = makeTable([
    numericColumn("x", Float64Array.of(1), { validity: Uint8Array.of(0) }),
    numericColumn("y", Float64Array.of(1)),
  ]);
  await assert.rejects(tableOf(regression, operation("Poly", "log", 1), none), {
    code: "RTL_TABLE_INVALID",
  });
});

test("an operation can fit what one before it made, and that gathers", async () => {
  const operations = [
    ...operation("Linear", "linear").operations,
    { x: "x", y: "yLinear", model: "Linear", space: "linear" },
  ];
  assert.equal(resolveShape(regression.shape, { operations }), "gather");
  const result = await tableOf(regression, { operations }, tableOfXY([0, 1, 3], [2, 4, 8]));
  // The points of the first fit are at 0, 1.5 and 3, which are not the x that they stand beside.
  assert.equal(column(result, "yLinearLinear").length, 3);
  const twice = [
    ...operation("Linear", "linear").operations,
    ...operation("Linear", "log").operations,
  ];
  const same = tableOf(regression, { operations: twice }, tableOfXY([0, 1], [2, 4]));
  await assert.rejects(same, { code: "RTL_TABLE_INVALID" });
});

test("one sorted space among computed ones gathers all", () => {
  const both = (...spaces: string[]) => ({
    operations: spaces.map((space) => ({ x: "x", y: "y", model: "Linear", space })),
  });
  assert.equal(resolveShape(regression.shape, both("linear", "log")), "fold");
  assert.equal(resolveShape(regression.shape, both("linear", "sorted")), "gather");
});

test("Poly needs a degree, and every operation a space and a known model", async () => {
  const table = tableOfXY([0, 1], [2, 4]);
  for (const wrong of [
    operation("Poly", "linear"),
    operation("Poly", "linear", -1),
    operation("Cubic", "linear"),
    { operations: [{ x: "x", y: "y", model: "Linear" }] },
  ]) {
    await assert.rejects(tableOf(regression, wrong, table), { code: "RTL_PARAMS_INVALID" });
  }
  assert.ok(isClose(await tableOf(regression, { operations: [] }, table), table, 0));
});

test("the state of a fit is small, plain data", async () => {
  const rows = 20_000;
  const x = Float64Array.from({ length: rows }, (_, i) => i / rows);
  const table = makeTable([numericColumn("x", x), numericColumn("y", x)]);
  const params = operation("Poly", "linear", 3);
  const { state } = await runTask(regression, { params, part: "measure" }, table);
  const bytes = pack({ state });
  assert.ok(bytes.length < 1000, String(bytes.length));
  assert.deepEqual(unpack(bytes), { state });
});
