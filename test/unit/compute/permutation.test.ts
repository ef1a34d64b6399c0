import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { placeIn, rowsAmongFirst } from "../../../src/compute/order/permutation.ts";
import { checkProperty } from "../../support/properties.ts";

test("every row has a place of its own, for any number of rows and any seed", (t) => {
  checkProperty(
    t,
    fc.property(fc.integer({ min: 1, max: 3_000 }), fc.maxSafeInteger(), (total, seed) => {
      const place = placeIn(total, seed);
      const taken = new Set(Array.from({ length: total }, (_, row) => place(row)));
      assert.equal(taken.size, total);
      assert.ok([...taken].every((one) => one >= 0 && one < total));
    }),
    100,
  );
});

test("places are the same far beyond 32 bits, and among the rows there are", () => {
  const place = placeIn(2 ** 45, 3);
  const some = Array.from({ length: 1_000 }, (_, row) => place(2 ** 44 + row));
  assert.equal(new Set(some).size, 1_000);
  assert.ok(some.every((one) => Number.isSafeInteger(one) && one >= 0 && one < 2 ** 45));
});

test("over many seeds every pair of rows is chosen about equally often", () => {
  const counts = new Map<string, number>();
  const seeds = 15_000;
  for (let seed = 0; seed < seeds; seed++) {
    const pair = rowsAmongFirst(2, 6, seed, 0, 6).join();
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  assert.equal(counts.size, 15);
  // 1000 of each are expected, with a deviation of 31; the seeds are always the same ones.
  assert.deepEqual(
    [...counts.values()].filter((count) => Math.abs(count - 1000) > 130),
    [],
  );
});
