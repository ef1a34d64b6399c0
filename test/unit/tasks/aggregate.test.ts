import assert from "node:assert/strict";
import { test } from "node:test";
import aggregate from "../../../tasks/aggregate.ts";
import { across, checkAcrossCuts, checkAcrossRefusals } from "../../support/across.ts";

test("aggregate gives the same in chunks as on the whole", (t) => checkAcrossCuts(t, aggregate));
test("aggregate refuses unknown columns, text, names that are no list, and taken names", () =>
  checkAcrossRefusals(aggregate));

test("one NaN makes the mean of its row NaN, and of its row only", async () => {
  const a = Float64Array.of(1, Number.NaN, 3);
  assert.deepEqual(await across(aggregate, { a, b: Int32Array.of(2, 2, 2) }), [1.5, "NaN", 2.5]);
});

test("whole numbers of 64 bits are summed without wrapping and without rounding", async () => {
  const a = BigInt64Array.of(2n ** 62n, 2n ** 62n + 1n, 2n ** 63n - 1n);
  const b = BigInt64Array.of(2n ** 62n, -(2n ** 62n), 2n ** 63n - 1n);
  assert.deepEqual(await across(aggregate, { a, b }), [2 ** 62, 0.5, 2 ** 63]);
});
