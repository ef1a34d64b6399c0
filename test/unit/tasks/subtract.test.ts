import assert from "node:assert/strict";
import { test } from "node:test";
import subtract from "../../../tasks/subtract.ts";
import { checkChunks, checkRefusals, computed } from "../../support/arithmetic.ts";

test("subtract gives the same in chunks as on the whole", (t) => checkChunks(t, subtract));
test("subtract refuses unknown columns, text, missing operands and taken names", () =>
  checkRefusals(subtract));

test("subtract is exact for whole numbers whose difference leaves 64 bits", async () => {
  assert.deepEqual(await computed(subtract, BigInt64Array.of(-(2n ** 63n), 5n), 2 ** 62), [
    -(2 ** 63) - 2 ** 62,
    5 - 2 ** 62,
  ]);
  assert.deepEqual(await computed(subtract, BigUint64Array.of(2n ** 64n - 1n), "twin"), [0]);
});
