import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Column, numericColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable } from "../../../src/table/table.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import columnSpace from "../../../tasks/column-space.ts";
import { checkChunked } from "../../support/chunked.ts";
import { floats, numberTables, wholes } from "../../support/number-tables.ts";
import { tableOf } from "../../support/run-task.ts";
import { checkVectors } from "../../support/vector-cases.ts";

const LEAST = -(2n ** 63n);
const space = async (column: Column, word: string) => {
  const params = { column: column.name, space: word };
  const result = (await tableOf(columnSpace, params, makeTable([column]))).column("xSpace");
  assert.equal(result.dtype, "<i8");
  return Array.from({ length: column.length }, (_, row) => valueAt(result, row));
};

test("the vectors hold on whole tables and in chunks", () => checkVectors(columnSpace));

test("a space in chunks is that of the whole", async (t) => {
  const params = fc
    .tuple(fc.constantFrom("x", "i", "u"), fc.constantFrom("linear", "log", "sorted", "any"))
    .map(([column, word]) => ({ column, space: word }));
  const unsigned = fc.bigInt(0n, 2n ** 64n - 1n);
  const tables = numberTables({ x: ["<f8", floats], i: ["<i8", wholes], u: ["<u8", unsigned] });
  await checkChunked(t, columnSpace, { params: () => params, tables });
});

test("computed spaces fold, every other word gathers", () => {
  const shapeOf = (word: string) => resolveShape(columnSpace.shape, { column: "x", space: word });
  assert.deepEqual(["linear", "log", "sorted", ""].map(shapeOf), [
    "fold",
    "fold",
    "gather",
    "gather",
  ]);
});

test("sorted whole numbers are exact, and what int64 cannot hold is its least value", async () => {
  const signed = BigInt64Array.of(2n ** 63n - 1n, -1n, 2n ** 53n + 1n);
  assert.deepEqual(await space(numericColumn("x", signed), "sorted"), [
    -1n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
  ]);
  const unsigned = BigUint64Array.of(2n ** 63n, 3n, 2n ** 63n - 1n);
  assert.deepEqual(await space(numericColumn("x", unsigned), "sorted"), [
    3n,
    2n ** 63n - 1n,
    LEAST,
  ]);
  const large = Float64Array.of(2 ** 63, -(2 ** 63), -1.9, 1e300, 2 ** 62);
  assert.deepEqual(await space(numericColumn("x", large), "sorted"), [
    LEAST,
    -1n,
    2n ** 62n,
    LEAST,
    LEAST,
  ]);
});

test("rows without a value count as rows, not as values", async () => {
  const validity = Uint8Array.of(0b0101);
  const x = numericColumn("x", Float64Array.of(6, 99, 3, 99), { validity });
  assert.deepEqual(await space(x, "linear"), [0n, 2n, 4n, 6n]);
  assert.deepEqual(await space(x, "sorted"), [3n, 6n, null, null]);
});

test("linear needs a value, log and sorted do not", async () => {
  const none = numericColumn("x", new Float64Array(0));
  await assert.rejects(space(none, "linear"), { code: "RTL_TABLE_INVALID" });
  const missing = numericColumn("x", new Float64Array(2), { validity: Uint8Array.of(0) });
  await assert.rejects(space(missing, "linear"), { code: "RTL_TABLE_INVALID" });
  assert.deepEqual(await space(none, "log"), []);
  assert.deepEqual(await space(none, "sorted"), []);
  assert.deepEqual(await space(missing, "sorted"), [null, null]);
});
