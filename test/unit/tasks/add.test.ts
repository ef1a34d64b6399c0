import assert from "node:assert/strict";
import { test } from "node:test";
import add from "../../../tasks/add.ts";
import { checkChunks, checkRefusals, computed } from "../../support/arithmetic.ts";

test("add gives the same in chunks as on the whole", (t) => checkChunks(t, add));
test("add refuses unknown columns, text, missing operands and taken names", () =>
  checkRefusals(add));

test("add is exact for whole numbers up to and beyond 64 bits", async () => {
  const big = BigInt64Array.of(2n ** 62n, 2n ** 53n + 1n, 1n);
  assert.deepEqual(await computed(add, big, "twin"), [2 ** 63, 2 ** 54 + 2, 2]);
  assert.deepEqual(await computed(add, BigInt64Array.of(2n ** 53n + 1n), 1), [2 ** 53 + 2]);
});

test("add takes constants, booleans and a list with a number for each row", async () => {
  assert.deepEqual(await computed(add, Float64Array.of(1, 2), 0.5), [1.5, 2.5]);
  assert.deepEqual(await computed(add, Int32Array.of(1, 2), true), [2, 3]);
  assert.deepEqual(await computed(add, Uint8Array.of(1, 2), [10, 20]), [11, 22]);
});
