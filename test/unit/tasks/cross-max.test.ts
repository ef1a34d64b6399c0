import assert from "node:assert/strict";
import { test } from "node:test";
import crossMax from "../../../tasks/cross-max.ts";
import { across, checkAcrossCuts, checkAcrossRefusals } from "../../support/across.ts";

test("crossMax gives the same in chunks as on the whole", (t) => checkAcrossCuts(t, crossMax));
test("crossMax refuses unknown columns, text, names that are no list, and taken names", () =>
  checkAcrossRefusals(crossMax));

test("one NaN makes its row NaN wherever it stands, and infinities count as numbers", async () => {
  const a = Float64Array.of(1, Number.NaN, -Infinity, 2);
  const b = Float64Array.of(2, 5, 3, Number.NaN);
  assert.deepEqual(await across(crossMax, { a, b }), [2, "NaN", 3, "NaN"]);
});

test("dtypes may differ, and numbers of 64 bits do not wrap", async () => {
  const a = BigUint64Array.of(2n ** 64n - 1n, 1n);
  const b = BigInt64Array.of(-1n, 7n);
  assert.deepEqual(await across(crossMax, { a, b, c: Int8Array.of(-1, 9) }), [2 ** 64, 9]);
});
