import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, textColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { equalTables } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import filterRows from "../../../tasks/filter-rows.ts";
import { checkProperty } from "../../support/properties.ts";
import { chunkedTableOf, runTask, tableOf } from "../../support/run-task.ts";
import { columns } from "../../support/tables.ts";

const one = (method: string, value: unknown, column = "a") => ({
  operations: [{ column, value, method }],
});
const kept = async (table: Table, method: string, value: unknown): Promise<Value[]> => {
  const column = (await tableOf(filterRows, one(method, value), table)).column("a");
  return Array.from({ length: column.length }, (_, row) => valueAt(column, row));
};

test("the historical methods read value before column, the signs read column before value", async () => {
  const table = tableFromContents({ a: [1, 2, 3] });
  const expected: Record<string, bigint[]> = {
    lt: [3n],
    ">": [3n],
    gt: [1n],
    "<": [1n],
    le: [2n, 3n],
    ">=": [2n, 3n],
    ge: [1n, 2n],
    "<=": [1n, 2n],
    eq: [2n],
    "==": [2n],
    ne: [1n, 3n],
    "!=": [1n, 3n],
  };
  for (const [method, rows] of Object.entries(expected)) {
    assert.deepEqual(await kept(table, method, 2), rows, method);
  }
});

test("each operation works on the rows that are left, and tallies them", async () => {
  const table = tableFromContents({ a: [1, 2, 3, 4], t: ["x", "y", "x", "x"] });
  const operations = [
    { column: "a", value: 2, method: ">=" },
    { column: "t", value: "x", method: "==" },
    { column: "a", value: 9, method: "<" },
  ];
  const { table: result, reports } = await runTask(
    filterRows,
    { params: { operations }, part: "run" },
    table,
  );
  assert.equal(result.rows, 2);
  assert.deepEqual(
    reports[0]?.tallies.map(({ count }) => count),
    [3, 2, 2],
  );
  assert.equal(reports[0]?.tallies[0]?.template, "=> Filtered Results: ({},)");
});

test("int64 compares exactly with fractions and with values beyond 2^53", async () => {
  const a = BigInt64Array.of(2n ** 60n, 2n ** 60n + 1n, 1n);
  const table = makeTable([numericColumn("a", a)]);
  assert.deepEqual(await kept(table, "==", 2 ** 60), [2n ** 60n]);
  assert.deepEqual(await kept(table, ">", 2 ** 60), [2n ** 60n + 1n]);
  assert.deepEqual(await kept(table, ">", 0.5), [2n ** 60n, 2n ** 60n + 1n, 1n]);
  assert.deepEqual(await kept(table, "==", 1.5), []);
});

test("text compares by code point, also beyond the basic plane", async () => {
  const table = makeTable([textColumn("a", ["b", "ä", "\u{1f600}", "", "ab"])]);
  assert.deepEqual(await kept(table, "<", "b"), ["", "ab"]);
  assert.deepEqual(await kept(table, ">", "\uffff"), ["\u{1f600}"]);
  assert.deepEqual(await kept(table, "==", "ä"), ["ä"]);
});

test("a value of another kind equals no row and has no order", async () => {
  const table = tableFromContents({ a: [1, 2] });
  for (const value of ["1", null]) {
    assert.deepEqual(await kept(table, "eq", value), []);
    assert.deepEqual(await kept(table, "ne", value), [1n, 2n]);
    await assert.rejects(kept(table, "<", value), { code: "RTL_PARAMS_INVALID" });
  }
});

test("an unknown method is refused with the methods there are", async () => {
  await assert.rejects(kept(tableFromContents({ a: [1] }), "equals", 1), {
    code: "RTL_PARAMS_INVALID",
    message: /operations\[0\]\.method: give one of eq ne/,
  });
});

test("rows without a value survive only ne", async () => {
  const table = tableFromContents({ a: [1, null, 3], b: [1, 2, 3] });
  assert.deepEqual(await kept(table, "ne", 1), [null, 3n]);
  assert.deepEqual(await kept(table, "<=", 3), [1n, 3n]);
});

test("any filter keeps what comparing value by value keeps, in chunks as on the whole", async (t) => {
  const dtype = fc.constantFrom("<f8", "<f4", "<i8", "<u8", "<i2", "|u1", "|b1" as const);
  const random = fc
    .tuple(dtype, fc.integer({ min: 0, max: 30 }))
    .chain(([chosen, rows]) => columns("a", chosen, rows));
  const values = fc.oneof(
    fc.integer({ min: -3, max: 300 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const methods = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");
  const cases: [Table, string, number, number[]][] = [];
  checkProperty(
    t,
    fc.property(
      random,
      methods,
      values,
      fc.array(fc.nat(30), { maxLength: 3 }),
      (a, method, value, cuts) => {
        cases.push([makeTable([a]), method, value, cuts]);
      },
    ),
  );
  for (const [table, method, value, cuts] of cases) {
    const column = table.column("a");
    const all = Array.from({ length: table.rows }, (_, row) => valueAt(column, row));
    const whole = await tableOf(filterRows, one(method, value), table);
    assert.deepEqual(
      await kept(table, method, value),
      all.filter((a) => holds(a, method, value)),
    );
    assert.ok(
      equalTables(await chunkedTableOf(filterRows, one(method, value), table, cuts), whole),
    );
  }
});

function holds(a: Value, method: string, value: number): boolean {
  if (a === null || typeof a === "string") return method === "!=";
  const own = typeof a === "boolean" ? Number(a) : a;
  // The language compares bigint and number exactly by order, which equality follows from.
  if (method === "==") return own >= value && own <= value;
  if (method === "!=") return !(own >= value && own <= value);
  if (method === "<") return own < value;
  if (method === "<=") return own <= value;
  return method === ">" ? own > value : own >= value;
}
