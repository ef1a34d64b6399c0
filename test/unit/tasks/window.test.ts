import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Column, numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { columnFromJson } from "../../../src/table/json.ts";
import { makeTable, sliceRows, type Table } from "../../../src/table/table.ts";
import window from "../../../tasks/window.ts";
import { checkChunked } from "../../support/chunked.ts";
import { floats, numberTables, wholes } from "../../support/number-tables.ts";
import { projectPath } from "../../support/project.ts";
import { checkProperty } from "../../support/properties.ts";
import { tableOf } from "../../support/run-task.ts";

interface Reference {
  readonly data: Readonly<Record<string, unknown>>;
  readonly group: unknown;
  readonly cases: readonly {
    readonly data: string;
    readonly params: { readonly method: string };
    readonly expect: readonly (number | null)[];
  }[];
}
const reference = JSON.parse(
  readFileSync(projectPath("test", "vectors", "reference", "columns-window.json"), "utf8"),
) as Reference;

const run = async (table: Table, given: object): Promise<Column> => {
  const operations = [{ a: "x", column: "w", ...given }];
  return (await tableOf(window, { operations }, table)).column("w");
};
const valuesOf = (column: Column) =>
  Array.from({ length: column.length }, (_, row) => valueAt(column, row));
const tableOfX = (...x: number[]) => makeTable([numericColumn("x", Float64Array.from(x))]);
const tableOfWholes = (...x: bigint[]) => makeTable([numericColumn("x", BigInt64Array.from(x))]);

test("every method gives what pandas gives, with groups and without", async () => {
  for (const { data, params, expect } of reference.cases) {
    const table = makeTable([
      columnFromJson("x", reference.data[data]),
      columnFromJson("g", reference.group),
    ]);
    const found = valuesOf(await run(table, params));
    const told = `${JSON.stringify(params)} of ${data}`;
    assert.equal(found.length, expect.length);
    for (const [row, value] of expect.entries()) {
      // pandas has NaN where nothing is; lag and lead move a NaN as it is.
      const moved = params.method.startsWith("l") && Number.isNaN(found[row]);
      const other = moved ? null : found[row];
      if (value === null || other === null || other === undefined) {
        assert.equal(other, value, `${told}, row ${row}`);
        continue;
      }
      const [one, two] = [Number(other), Number(value)];
      const near = one === two || Math.abs(one - two) < 1e-10 * Math.max(1e-3, Math.abs(two));
      assert.ok(near, `${told}, row ${row}: ${other} and ${value}`);
    }
  }
});

test("a window gives what its rows alone would give, whatever went before", async (t) => {
  const cases: [Table, number, number][] = [];
  const size = fc.integer({ min: 1, max: 9 });
  // A sum that leaves the floats on its way depends on the order of adding.
  const summable = floats.map((value) => (Math.abs(value) < 1e300 ? value : Math.sign(value) / 0));
  const tables = numberTables(
    { x: ["<f8", summable], i: ["<i8", wholes], u: ["|u1", fc.nat(255)] },
    1,
  );
  checkProperty(
    t,
    fc.property(tables, size, size, (...drawn) => void cases.push(drawn)),
    100,
  );
  for (const [table, rows, least] of cases) {
    for (const a of table.names) {
      for (const method of [
        "rollingSum",
        "rollingMean",
        "rollingMin",
        "rollingMax",
        "rollingStd",
      ]) {
        const given = { method, a, rows, minRows: Math.min(rows, least) };
        const all = valuesOf(await run(table, given));
        for (let row = 0; row < table.rows; row++) {
          const own = sliceRows(table, Math.max(0, row + 1 - rows), row + 1);
          const [expected, found] = [valuesOf(await run(own, given)).at(-1), all[row]];
          if (Object.is(expected, found) || expected === found) continue;
          const apart = Math.abs(Number(expected) - Number(found));
          // The squares of numbers below 1e-150 are no normal floats.
          const near = apart <= 1e-9 * Math.abs(Number(expected)) + 1e-150 && found !== null;
          assert.ok(near, `${JSON.stringify(given)}, row ${row}: ${found} and ${expected}`);
        }
      }
    }
  }
});

test("what a large value leaves behind is nothing", async () => {
  const table = tableOfX(1e16, 1, 2, 3, 4, 1e300, 0.1, 0.2, 0.3);
  assert.deepEqual(valuesOf(await run(table, { method: "rollingSum", rows: 2 })).slice(7), [
    0.1 + 0.2,
    0.5,
  ]);
  assert.deepEqual(valuesOf(await run(table, { method: "rollingMean", rows: 3 }))[3], 2);
  assert.deepEqual(valuesOf(await run(table, { method: "rollingStd", rows: 3 }))[3], 1);
  const flat = tableOfX(1e9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1);
  assert.deepEqual(
    valuesOf(await run(flat, { method: "rollingStd", rows: 4 })).slice(4),
    [0, 0, 0],
  );
});

test("deviations are found up to where their own squares leave the floats", async () => {
  // The square of the difference is no float any more, half of it is.
  const far = 1.3456e154;
  const table = tableOfX(0, far, 0, far, 0, far, 0);
  const found = valuesOf(await run(table, { method: "rollingStd", rows: 2 }));
  for (const value of found.slice(1)) {
    assert.ok(Math.abs(Number(value) / (far * Math.SQRT1_2) - 1) < 1e-15, String(value));
  }
});

test("a table in chunks gives what the whole gives", async (t) => {
  const methods = ["cumulativeSum", "cumulativeMax", "cumulativeCount", "lead", "rank"];
  const params = fc.constantFrom(...methods).map((method) => ({
    operations: [
      { method, a: "x", column: "w" },
      { method, a: "b", column: "v", by: "b" },
    ],
  }));
  const tables = numberTables({ x: ["<f8", floats], b: ["|i1", fc.integer({ min: 0, max: 2 })] });
  await checkChunked(t, window, { params: () => params, tables, runs: 50 });
});

test("sums of whole numbers so far are exact, and fail where int64 ends", async () => {
  const most = 2n ** 63n - 1n;
  const sums = await run(tableOfWholes(2n ** 62n, 2n ** 62n - 1n, -most, 3n), {
    method: "cumulativeSum",
  });
  assert.equal(sums.dtype, "<i8");
  assert.deepEqual(valuesOf(sums), [2n ** 62n, most, 0n, 3n]);
  await assert.rejects(run(tableOfWholes(most, 1n), { method: "cumulativeSum" }), {
    code: "RTL_TABLE_INVALID",
    message: /leaves int64 at row 2/,
  });
  const least = tableOfWholes(-most, -1n, -1n);
  await assert.rejects(run(least, { method: "cumulativeSum" }), { message: /row 3/ });
  const bytes = makeTable([numericColumn("x", Int8Array.of(-128, -128, 100))]);
  assert.deepEqual(valuesOf(await run(bytes, { method: "cumulativeSum" })), [-128n, -256n, -156n]);
  const unsigned = makeTable([numericColumn("x", BigUint64Array.of(2n ** 63n, 2n ** 63n - 1n))]);
  const large = await run(unsigned, { method: "cumulativeSum" });
  assert.deepEqual([large.dtype, valuesOf(large)[1]], ["<u8", 2n ** 64n - 1n]);
});

test("rolling sums and extremes of whole numbers are exact", async () => {
  const table = tableOfWholes(2n ** 62n, 2n ** 62n + 1n, -(2n ** 62n), 2n ** 62n + 2n);
  const sums = await run(table, { method: "rollingSum", rows: 2 });
  assert.deepEqual(valuesOf(sums), [null, 2 ** 63, 1, 2]);
  const extremes = await run(table, { method: "rollingMax", rows: 3, minRows: 1 });
  assert.equal(extremes.dtype, "<i8");
  assert.deepEqual(valuesOf(extremes), [2n ** 62n, 2n ** 62n + 1n, 2n ** 62n + 1n, 2n ** 62n + 2n]);
});

test("lag and lead move values of any dtype, NaN included, and leave none behind", async () => {
  const texts = makeTable([textColumn("x", ["a", null, "c"])]);
  assert.deepEqual(valuesOf(await run(texts, { method: "lag" })), [null, "a", null]);
  assert.deepEqual(valuesOf(await run(texts, { method: "lead", offset: 2 })), ["c", null, null]);
  const moved = await run(tableOfX(Number.NaN, 1), { method: "lag" });
  assert.deepEqual(valuesOf(moved), [null, Number.NaN]);
});

test("groups are values of any dtype; rows without a group are one", async () => {
  const x = numericColumn("x", Float64Array.of(1, 2, 3, 4, 5, 6));
  for (const by of [
    textColumn("g", ["a", null, "b", "a", null, "b"]),
    numericColumn("g", Float64Array.of(-0, Number.NaN, 7, 0, Number.NaN, 7)),
    numericColumn(
      "g",
      BigInt64Array.of(1n, 2n ** 60n, 2n ** 60n + 1n, 1n, 2n ** 60n, 2n ** 60n + 1n),
    ),
  ]) {
    const sums = await run(makeTable([x, by]), { method: "cumulativeSum", by: "g" });
    assert.deepEqual(valuesOf(sums), [1, 2, 3, 5, 7, 9], by.dtype);
  }
});

test("several columns make groups of rows that are equal in all of them", async () => {
  const table = makeTable([
    numericColumn("x", Float64Array.of(1, 2, 3, 4, 5)),
    textColumn("g", ["a", "a", "b", "a", "b"]),
    numericColumn("h", Int8Array.of(1, 2, 1, 1, 1)),
  ]);
  const sums = await run(table, { method: "cumulativeSum", by: ["g", "h"] });
  assert.deepEqual(valuesOf(sums), [1, 2, 3, 5, 8]);
  const places = await run(table, { method: "rank", a: "g", by: "h" }).catch(({ code }) => code);
  assert.equal(places, "RTL_TABLE_INVALID");
});

test("tables of no rows and of one row have their windows", async () => {
  for (const method of ["cumulativeSum", "cumulativeMin", "cumulativeCount", "lag", "rank"]) {
    assert.equal((await run(tableOfX(), { method })).length, 0);
    assert.equal((await run(tableOfX(), { method, by: "x" })).length, 0);
  }
  for (const method of ["rollingSum", "rollingMin", "rollingStd"]) {
    assert.equal((await run(tableOfX(), { method, rows: 3 })).length, 0);
  }
  assert.deepEqual(valuesOf(await run(tableOfX(5), { method: "rank" })), [1]);
  assert.deepEqual(valuesOf(await run(tableOfX(5), { method: "rollingStd", rows: 1 })), [null]);
});

test("an operation can look at what one before it made", async () => {
  const operations = [
    { method: "cumulativeSum", a: "x", column: "sum" },
    { method: "lag", a: "sum", column: "before" },
  ];
  const result = await tableOf(window, { operations }, tableOfX(1, 2, 3));
  assert.deepEqual(valuesOf(result.column("before")), [null, 1, 3]);
});

test("parameters that do not belong to a method are refused", async () => {
  for (const wrong of [
    { method: "rollingSum" },
    { method: "rollingSum", rows: 0 },
    { method: "rollingSum", rows: 2, minRows: 3 },
    { method: "rollingSum", rows: 2, offset: 1 },
    { method: "lag", rows: 2 },
    { method: "lag", minRows: 1 },
    { method: "lag", offset: 0 },
    { method: "median", rows: 2 },
  ]) {
    await assert.rejects(run(tableOfX(1), wrong), { code: "RTL_PARAMS_INVALID" });
  }
  const text = makeTable([textColumn("x", ["a"])]);
  await assert.rejects(run(text, { method: "cumulativeSum" }), { code: "RTL_TABLE_INVALID" });
  await assert.rejects(run(text, { method: "lag", by: "y" }), { code: "RTL_COLUMN_UNKNOWN" });
});
