/** The task sum: one number per row, in order, whatever the dtypes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromContents, tableToJson } from "../../../src/index.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import type { Table } from "../../../src/table/table.ts";
import type { TaskContext } from "../../../src/task/index.ts";
import sum from "../../../tasks/sum.ts";
import { checkCuts, numericTables } from "../../support/elementwise.ts";

const run = async (contents: unknown): Promise<Table> =>
  await sum.run(tableFromContents(contents), {}, {} as TaskContext);
const sums = async (contents: unknown): Promise<unknown> =>
  tableToJson(await run(contents)).columns["0"];

test("sums each row and keeps the order of rows", async () => {
  const rows = { a: [1, 2, 5, 1], b: [2, 3, 3, 2], c: [3, 4, 4, 3] };
  assert.deepEqual(await sums(rows), { dtype: "<f8", values: [6, 9, 12, 6] });
});

test("sums columns of different dtypes", async () => {
  const mixed = {
    a: Int8Array.of(-1, 2),
    b: Float32Array.of(0.5, 1.5),
    c: BigInt64Array.of(4n, 5n),
  };
  assert.deepEqual(await sums(mixed), { dtype: "<f8", values: [3.5, 8.5] });
});

test("crosses the borders of blocks", async () => {
  const a = Float64Array.from({ length: 100_001 }, (_, row) => row);
  const table = await run({ a, b: Int32Array.from(a) });
  assert.deepEqual(
    (table.column("0") as { values: unknown }).values,
    a.map((value) => 2 * value),
  );
});

test("gives no sum to a row that lacks a value", async () => {
  assert.deepEqual(await sums({ a: [1, null, 3], b: [1.5, 2, null] }), {
    dtype: "<f8",
    values: [2.5, null, null],
  });
});

test("keeps an empty table empty", async () => {
  assert.equal((await run({ a: new Float64Array(0) })).rows, 0);
});

test("refuses text, naming the column", async () => {
  await assert.rejects(run({ a: [1], word: ["x"] }), (error: unknown) => {
    assert.ok(error instanceof RtlError);
    assert.equal(error.code, "RTL_TABLE_INVALID");
    assert.match(error.message, /"word"/);
    return true;
  });
});

test("gives the same in chunks as on the whole", (t) =>
  checkCuts(t, sum, {}, numericTables("a", "b", "c")));

test("sums whole numbers of 64 bits without wrapping and without rounding", async () => {
  const a = BigInt64Array.of(2n ** 62n, 2n ** 62n + 1n);
  const b = BigInt64Array.of(2n ** 62n, -(2n ** 62n));
  assert.deepEqual(await sums({ a, b }), { dtype: "<f8", values: [2 ** 63, 1] });
});
