import assert from "node:assert/strict";
import { test } from "node:test";
import multiply from "../../../tasks/multiply.ts";
import { checkChunks, checkRefusals, computed } from "../../support/arithmetic.ts";

test("multiply gives the same in chunks as on the whole", (t) => checkChunks(t, multiply));
test("multiply refuses unknown columns, text, missing operands and taken names", () =>
  checkRefusals(multiply));

test("multiply does not wrap where the product leaves 64 bits", async () => {
  assert.deepEqual(await computed(multiply, BigInt64Array.of(2n ** 40n, -3n), "twin"), [
    2 ** 80,
    9,
  ]);
  assert.deepEqual(await computed(multiply, BigInt64Array.of(2n ** 60n), 4), [2 ** 62]);
});
