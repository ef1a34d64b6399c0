import assert from "node:assert/strict";
import { test } from "node:test";
import { sumOfBlock } from "../../../src/compute/arithmetic/sums.ts";

test("the sum of a block loses less than a rounding for each run of numbers", () => {
  for (const length of [0, 1, 7, 8, 9, 127, 128, 129, 8191, 8192]) {
    const values = Float64Array.from({ length }, (_, i) => (i % 5) + 0.1);
    const exact = values.reduce((sum, value) => sum + BigInt(Math.round(value * 10)), 0n);
    assert.ok(Math.abs(sumOfBlock(values) - Number(exact) / 10) <= 1e-15 * Number(exact));
  }
});

test("infinite and undefined sums are what adding says", () => {
  const block = (first: number, last: number) => {
    const values = new Float64Array(300).fill(1);
    values[0] = first;
    values[299] = last;
    return sumOfBlock(values);
  };
  assert.equal(block(Infinity, 1), Infinity);
  assert.equal(block(1, -Infinity), -Infinity);
  assert.equal(block(Infinity, -Infinity), Number.NaN);
  assert.equal(block(1, Number.NaN), Number.NaN);
});
