import assert from "node:assert/strict";
import { test } from "node:test";
import divide from "../../../tasks/divide.ts";
import { checkChunks, checkRefusals, computed } from "../../support/arithmetic.ts";

test("divide gives the same in chunks as on the whole", (t) => checkChunks(t, divide));
test("divide refuses unknown columns, text, missing operands and taken names", () =>
  checkRefusals(divide));

test("divide is true division, and division by zero follows the signs", async () => {
  assert.deepEqual(await computed(divide, BigInt64Array.of(1n, -1n, 0n), 0), [
    Infinity,
    -Infinity,
    Number.NaN,
  ]);
  assert.deepEqual(await computed(divide, Float64Array.of(1, -1), -0), [-Infinity, Infinity]);
  assert.deepEqual(await computed(divide, BigInt64Array.of(7n), 2), [3.5]);
});
