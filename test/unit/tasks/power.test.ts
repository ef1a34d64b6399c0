import assert from "node:assert/strict";
import { test } from "node:test";
import power from "../../../tasks/power.ts";
import { checkChunks, checkRefusals, computed } from "../../support/arithmetic.ts";

test("power gives the same in chunks as on the whole", (t) => checkChunks(t, power));
test("power refuses unknown columns, text, missing operands and taken names", () =>
  checkRefusals(power));

test("whole numbers take negative whole exponents, in a column as by a constant", async () => {
  const base = BigInt64Array.of(10n, -2n, 0n);
  assert.deepEqual(await computed(power, base, -1), [0.1, -0.5, Infinity]);
  assert.deepEqual(await computed(power, Int32Array.of(4, -2), "twin"), [256, 0.25]);
});

test("powers of whole numbers do not wrap, and are exact where float64 is", async () => {
  assert.deepEqual(await computed(power, BigInt64Array.of(3n, -7n, 2n), 33), [
    3 ** 33,
    -Number(7n ** 33n),
    2 ** 33,
  ]);
  assert.deepEqual(await computed(power, BigInt64Array.of(2n ** 62n), 2), [2 ** 124]);
  assert.deepEqual(await computed(power, BigInt64Array.of(-1n, 1n, 0n), 2 ** 53), [1, 1, 0]);
});

test("the parity of an exponent beyond 2^53 decides the sign", async () => {
  const twin = BigInt64Array.of(-(2n ** 53n) - 1n);
  assert.deepEqual(await computed(power, twin, "twin"), [-0]);
  assert.deepEqual(await computed(power, BigInt64Array.of(-1n), 2 ** 53 - 1), [-1]);
});

test("0, 1 and NaN follow C: anything to the power of 0 is 1", async () => {
  const base = Float64Array.of(Number.NaN, 0, -0, -8, -Infinity);
  assert.deepEqual(await computed(power, base, 0), [1, 1, 1, 1, 1]);
  assert.deepEqual(await computed(power, base, 0.5), [Number.NaN, 0, 0, Number.NaN, Infinity]);
  assert.deepEqual(await computed(power, base, -1), [Number.NaN, Infinity, -Infinity, -0.125, -0]);
});
