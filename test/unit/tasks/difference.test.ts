import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pack, unpack } from "../../../src/protocol/codec.ts";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import difference from "../../../tasks/difference.ts";
import { checkChunked } from "../../support/chunked.ts";
import { floats, numberTables, wholes } from "../../support/number-tables.ts";
import { chunkedTableOf, runTask, tableOf } from "../../support/run-task.ts";
import { checkVectors } from "../../support/vector-cases.ts";

const params = (lag?: number) => ({
  operations: [{ a: "x", column: "d", ...(lag !== undefined && { lag }) }],
});
const differencesOf = (table: Table) =>
  Array.from({ length: table.rows }, (_, row) => valueAt(table.column("d"), row));
const tableOfX = (...x: number[]) => makeTable([numericColumn("x", Float64Array.from(x))]);

test("the vectors hold on whole tables and in chunks", () => checkVectors(difference));

test("each row minus the one before it, and none for the first", async () => {
  assert.deepEqual(differencesOf(await tableOf(difference, params(), tableOfX(1, 4, 2))), [
    null,
    3,
    -2,
  ]);
  assert.deepEqual(differencesOf(await tableOf(difference, params(2), tableOfX(1, 4, 2))), [
    null,
    null,
    1,
  ]);
  assert.deepEqual(differencesOf(await tableOf(difference, params(9), tableOfX(1, 4))), [
    null,
    null,
  ]);
  assert.equal((await tableOf(difference, params(), tableOfX())).rows, 0);
});

test("differences in chunks are those of the whole, also across several chunks", async (t) => {
  const given = fc
    .tuple(fc.constantFrom("x", "i", "u", "b"), fc.integer({ min: 1, max: 12 }))
    .map(([a, lag]) => ({ operations: [{ a, lag, column: "d" }] }));
  const tables = numberTables({
    x: ["<f8", floats],
    i: ["<i8", wholes],
    u: ["<u8", fc.bigInt(0n, 2n ** 64n - 1n)],
    b: ["|i1", fc.integer({ min: -128, max: 127 })],
  });
  await checkChunked(t, difference, { params: () => given, tables, runs: 300 });
});

test("int64 and uint64 are subtracted as whole numbers", async () => {
  const signed = BigInt64Array.of(2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n);
  const table = makeTable([numericColumn("x", signed)]);
  const expected = [null, 1, Number(-(2n ** 63n) - 2n ** 53n - 1n), 2 ** 64];
  assert.deepEqual(differencesOf(await tableOf(difference, params(), table)), expected);
  const unsigned = BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 2n, 0n);
  const other = makeTable([numericColumn("x", unsigned)]);
  assert.deepEqual(differencesOf(await tableOf(difference, params(), other)), [
    null,
    -1,
    -(2 ** 64),
  ]);
});

test("a row without a value takes two differences with it, NaN makes NaN", async () => {
  const x = numericColumn("x", Float64Array.of(1, 2, 4, Number.NaN, 5), {
    validity: Uint8Array.of(0b11101),
  });
  const found = [null, null, null, Number.NaN, Number.NaN];
  assert.deepEqual(differencesOf(await tableOf(difference, params(), makeTable([x]))), found);
});

test("the state is plain data, and holds the last rows only", async () => {
  const x = new Float64Array(50_000).fill(1);
  const { state } = await runTask(
    difference,
    { params: params(3), part: "measure" },
    makeTable([numericColumn("x", x)]),
  );
  const bytes = pack({ state });
  assert.ok(bytes.length < 200, String(bytes.length));
  assert.deepEqual(unpack(bytes), { state });
});

test("an operation that names b, or no operation, leaves the table as it is", async () => {
  const table = tableOfX(1, 2);
  const operations = [{ a: "gone", b: "x", column: "d" }];
  assert.equal(await tableOf(difference, { operations }, table), table);
  assert.equal(
    await chunkedTableOf(difference, { operations: [] }, tableOfX(), [0]).then((r) => r.rows),
    0,
  );
  await assert.rejects(tableOf(difference, { operations: [{ a: "y", column: "d" }] }, table), {
    code: "RTL_COLUMN_UNKNOWN",
  });
});

test("a difference of differences gathers", async () => {
  const operations = [...params().operations, { a: "d", column: "dd" }];
  assert.equal(resolveShape(difference.shape, { operations }), "gather");
  const result = await tableOf(difference, { operations }, tableOfX(1, 4, 9, 16));
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => valueAt(result.column("dd"), row)),
    [null, null, 2, 2],
  );
});

test("a lag is a whole number of rows from 1 on", async () => {
  for (const lag of [0, -1, 1.5]) {
    await assert.rejects(tableOf(difference, params(lag), tableOfX(1)), {
      code: "RTL_PARAMS_INVALID",
    });
  }
});
