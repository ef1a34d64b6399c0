import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  allValid,
  type Column,
  clearBit,
  numericColumn,
  textColumn,
  type Value,
  valueAt,
} from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { columnFromJson, jsonValue } from "../../../src/table/json.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import groupBy from "../../../tasks/group-by.ts";
import { crowdedTables, cutsWithin, drawn, orderOf, rowText } from "../../support/row-order.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";
import { orderReference } from "../../support/vector-cases.ts";

const partial = ["count", "sum", "mean", "min", "max", "std", "var", "first", "last"];
const anyKind = ["count", "min", "max", "first", "last", "countDistinct"];
const valuesOf = (table: Table, name: string): Value[] =>
  Array.from({ length: table.rows }, (_, row) => valueAt(table.column(name), row));

test("groups, sums, spreads, extremes and quantiles are those of pandas", async () => {
  const { input, cases } = orderReference("groupBy");
  for (const { params, expect } of cases) {
    const shape = resolveShape(groupBy.shape, params);
    const results = [await tableOf(groupBy, params, input)];
    if (shape === "reduce") results.push(await chunkedTableOf(groupBy, params, input, [7, 7, 150]));
    for (const result of results) {
      assert.equal(tableDifference(expect, result, { relative: 1e-12 }), undefined);
    }
  }
});

test("only medians, quantiles and distinct counts need all rows at once", () => {
  const shapeOf = (...methods: string[]) =>
    resolveShape(groupBy.shape, { by: [], operations: methods.map((method) => ({ method })) });
  assert.equal(shapeOf(...partial), "reduce");
  for (const method of ["median", "quantile", "countDistinct"]) {
    assert.equal(shapeOf("sum", method), "gather");
  }
});

/** Values whose sums are exact in any order, so that a plain sum is right. */
const values = (rows: number): fc.Arbitrary<Column> => {
  const size = { minLength: rows, maxLength: rows };
  const quarters = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -4000, max: 4000 }).map((n) => n / 4) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const numbers = (dtype: string, value: fc.Arbitrary<unknown>) =>
    fc
      .array(
        fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }),
        size,
      )
      .map(
        (all): Column =>
          columnFromJson("v", { dtype, values: all.map((one) => jsonValue(one as number | null)) }),
      );
  return fc.oneof(
    numbers("<f8", quarters),
    numbers("<f4", quarters),
    numbers("<i8", fc.bigInt(-(2n ** 56n), 2n ** 56n)),
    numbers("<u8", fc.bigInt(0n, 2n ** 57n)),
    numbers("<i4", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    numbers("|u1", fc.integer({ min: 0, max: 255 })),
    numbers("|b1", fc.boolean()),
    fc
      .array(fc.option(fc.constantFrom("", "a", "b", "é", "ab")), size)
      .map((all) => textColumn("v", all)),
  );
};
const keyed = fc
  .tuple(crowdedTables({ minLength: 1, maxLength: 2 }, 50), fc.boolean())
  .chain(([keys, skipNaN]) =>
    fc.tuple(
      values(keys.rows).map((v) => makeTable([...keys.columns, v], keys.rows)),
      cutsWithin(keys.rows),
      fc.constant(skipNaN),
    ),
  );

test("every method is what its definition says, whatever the chunks", async (t) => {
  for (const [table, cuts, skipNaN] of drawn(t, keyed, 100)) {
    const v = table.column("v");
    const methods = [...partial, "median", "quantile", "countDistinct"].filter(
      (method) => v.kind === "numeric" || anyKind.includes(method),
    );
    const operations = methods.map((method) => ({
      method,
      a: "v",
      column: method,
      ...(method === "quantile" && { q: 0.3 }),
    }));
    const by = table.names.slice(0, -1);
    const result = await tableOf(groupBy, { by, operations, skipNaN }, table);
    const keys = by.map((name) => table.column(name));
    const groups = groupsOf(keys, table.rows);
    assert.equal(result.rows, groups.length);
    for (const [index, rows] of groups.entries()) {
      const counted = rows
        .map((row) => valueAt(v, row))
        .filter((value) => value !== null && !(skipNaN && Number.isNaN(value)));
      const beyond = counted.some((value) => Math.abs(Number(value)) > 2 ** 53);
      for (const method of methods) {
        // Spreads are computed in float64, which does not tell such whole numbers apart.
        if (beyond && (method === "std" || method === "var")) continue;
        const found = valueAt(result.column(method), index);
        close(found, expected(method, counted, v.dtype), `${method} of ${v.dtype} ${counted}`);
      }
      const ownKeys = result.columns.slice(0, by.length);
      assert.equal(rowText(ownKeys, index), rowText(keys, rows[0] ?? 0));
    }
    const wide = Array.from({ length: table.rows }, (_, row) => Number(valueAt(v, row))).some(
      (value) => Math.abs(value) > 2 ** 53,
    );
    const reduced = {
      by,
      operations: operations.filter(
        ({ method }) => partial.includes(method) && !(wide && ["std", "var"].includes(method)),
      ),
      skipNaN,
    };
    assert.equal(
      tableDifference(
        await tableOf(groupBy, reduced, table),
        await chunkedTableOf(groupBy, reduced, table, cuts),
        { relative: 1e-12 },
      ),
      undefined,
    );
  }
});

/** The rows of each group, in ascending order of the keys. */
function groupsOf(keys: readonly Column[], rows: number): number[][] {
  const groups = new Map<string, number[]>();
  const by = keys.map((column) => ({ column }));
  for (const row of orderOf(by, rows)) {
    const text = rowText(keys, row);
    groups.set(text, [...(groups.get(text) ?? []), row]);
  }
  return [...groups.values()];
}

function close(found: Value, wanted: Value, what: string): void {
  if (typeof found !== "number" || typeof wanted !== "number")
    return assert.equal(found, wanted, what);
  if (Number.isNaN(wanted)) return assert.ok(Number.isNaN(found), what);
  const near = Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
  assert.ok(near, `${what}: ${found} instead of ${wanted}`);
}

function expected(method: string, values: readonly Value[], dtype: string): Value {
  const numbers = values.map(Number);
  const whole = values.some((value) => typeof value === "bigint");
  const [first = null] = values;
  if (method === "count") return BigInt(values.length);
  if (method === "first") return first;
  if (method === "last") return values.at(-1) ?? null;
  if (method === "countDistinct") {
    return BigInt(new Set(values.map((value) => (Object.is(value, -0) ? 0 : value))).size);
  }
  if (method === "sum")
    return dtype.startsWith("<f") ? Number(sumOf(values)) : BigInt(sumOf(values));
  if (values.length === 0) return null;
  if (method === "min" || method === "max") {
    if (values.some(Number.isNaN)) return Number.NaN;
    return values.reduce((best, value) =>
      best === null || value === null || (method === "min" ? value < best : value > best)
        ? value
        : best,
    );
  }
  // Means of large whole numbers are not exact in floats: close to that of the exact sum.
  const mean = whole
    ? Number(sumOf(values)) / values.length
    : numbers.reduce((a, b) => a + b, 0) / values.length;
  if (method === "mean") return mean;
  if (method === "std" || method === "var") {
    if (values.length < 2) return null;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
    return method === "var" ? variance : Math.sqrt(variance);
  }
  if (numbers.some(Number.isNaN)) return Number.NaN;
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (method === "median" ? 0.5 : 0.3) * (sorted.length - 1);
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.floor(place) + 1]];
  return low + (high - low) * (place - Math.floor(place));
}

function sumOf(values: readonly Value[]): number | bigint {
  if (values.every((value) => typeof value === "bigint")) return values.reduce((a, b) => a + b, 0n);
  return values.reduce((sum: number, value) => sum + Number(value), 0);
}

test("whole numbers are summed exactly, in any chunks, and a sum that does not fit fails", async () => {
  const large = 2n ** 62n;
  const params = { by: [], operations: [{ method: "sum", a: "n", column: "s" }] };
  const sum = (values: bigint[], cuts: number[] = []) => {
    const table = makeTable([numericColumn("n", BigInt64Array.from(values))]);
    return chunkedTableOf(groupBy, params, table, cuts);
  };
  for (const cuts of [[], [2], [1, 2, 3]]) {
    const back = await sum([large, large, -large, -large, 3n], cuts);
    assert.deepEqual(valuesOf(back, "s"), [3n]);
    await assert.rejects(sum([large, large, 1n], cuts), {
      code: "RTL_TABLE_INVALID",
      message: /the sum of column "n" is about 9\.223e\+18, beyond int64/,
    });
    assert.deepEqual(valuesOf(await sum([large, large - 1n], cuts), "s"), [2n ** 63n - 1n]);
  }
  const unsigned = makeTable([numericColumn("n", BigUint64Array.of(2n ** 63n, 2n ** 63n - 1n))]);
  assert.deepEqual(valuesOf(await tableOf(groupBy, params, unsigned), "s"), [2n ** 64n - 1n]);
  const bytes = makeTable([numericColumn("n", Uint8Array.of(200, 100))]);
  assert.equal((await tableOf(groupBy, params, bytes)).column("s").dtype, "<u8");
});

test("where nothing counts, count and sum are 0 and the rest has no value", async () => {
  const validity = clearedFirst();
  const table = makeTable([
    numericColumn("k", Int32Array.of(1, 2)),
    numericColumn("x", Float64Array.of(7, Number.NaN), { validity }),
  ]);
  const methods = [...partial, "median", "countDistinct"];
  const operations = methods.map((method) => ({ method, a: "x", column: method }));
  const result = await tableOf(groupBy, { by: ["k"], operations, skipNaN: true }, table);
  for (const method of methods) {
    const [first, second] = valuesOf(result, method);
    assert.equal(first, second, method);
    const zero = method === "sum" ? 0 : 0n;
    assert.equal(first, method.startsWith("count") || method === "sum" ? zero : null, method);
  }
});

function clearedFirst(): Uint8Array {
  const validity = allValid(2);
  clearBit(validity, 0);
  return validity;
}

test("count without a column counts rows, and an empty list of keys makes one group", async () => {
  const table = tableFromContents({ k: ["b", "a", "b"], x: [1, null, 3] });
  const operations = [
    { method: "count", column: "rows" },
    { method: "count", a: "x", column: "values" },
  ];
  const keyed = await tableOf(groupBy, { by: ["k"], operations }, table);
  assert.deepEqual(valuesOf(keyed, "k"), ["a", "b"]);
  assert.deepEqual(valuesOf(keyed, "rows"), [1n, 2n]);
  assert.deepEqual(valuesOf(keyed, "values"), [0n, 2n]);
  assert.deepEqual(valuesOf(await tableOf(groupBy, { by: [], operations }, table), "rows"), [3n]);
  assert.equal((await tableOf(groupBy, { by: ["k"], operations: [] }, table)).rows, 2);
});

test("a spread in chunks is that of the whole up to where squares leave the floats", async () => {
  const far = 1.3456e154;
  const table = makeTable([numericColumn("x", Float64Array.of(0, far))]);
  const params = { by: [], operations: [{ method: "std", a: "x", column: "s" }] };
  const whole = await tableOf(groupBy, params, table);
  const parts = await chunkedTableOf(groupBy, params, table, [1]);
  assert.equal(tableDifference(whole, parts, { relative: 1e-15 }), undefined);
  assert.ok(Math.abs(Number(valueAt(parts.column("s"), 0)) / (far * Math.SQRT1_2) - 1) < 1e-15);
});

test("std and var divide by the rows less ddof", async () => {
  const table = tableFromContents({ x: [1.5, 2.5, 4.5] });
  const variance = async (ddof: number) => {
    const operations = [{ method: "var", a: "x", column: "v", ddof }];
    return valuesOf(await tableOf(groupBy, { by: [], operations }, table), "v")[0];
  };
  assert.equal(await variance(0), (7 / 3) * (2 / 3));
  assert.equal(await variance(1), 7 / 3);
  assert.equal(await variance(3), null);
});

test("what an operation lacks, or has too much, is said", async () => {
  const table = tableFromContents({ k: [1], t: ["x"] });
  const cases: [unknown, string, RegExp][] = [
    [{ method: "sum", column: "s" }, "RTL_PARAMS_INVALID", /sum needs "a"/],
    [{ method: "quantile", a: "k", column: "s" }, "RTL_PARAMS_INVALID", /quantile needs "q"/],
    [{ method: "mean", a: "k", column: "s", q: 0.5 }, "RTL_PARAMS_INVALID", /mean takes no "q"/],
    [{ method: "mode", a: "k", column: "s" }, "RTL_PARAMS_INVALID", /give one of count sum/],
    [{ method: "mean", a: "t", column: "s" }, "RTL_TABLE_INVALID", /groupBy: mean needs numbers/],
    [
      { method: "median", a: "t", column: "s" },
      "RTL_TABLE_INVALID",
      /groupBy: median needs numbers/,
    ],
    [{ method: "sum", a: "z", column: "s" }, "RTL_COLUMN_UNKNOWN", /no column "z"/],
    [{ method: "sum", a: "k", column: "k" }, "RTL_TABLE_INVALID", /two columns "k"/],
  ];
  for (const [operation, code, message] of cases) {
    await assert.rejects(tableOf(groupBy, { by: ["k"], operations: [operation] }, table), {
      code,
      message,
    });
  }
});
