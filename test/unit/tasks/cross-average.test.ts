import assert from "node:assert/strict";
import { test } from "node:test";
import type { TaskDefinition } from "../../../src/task/define-task.ts";
import { createLibrary } from "../../../src/task/library.ts";
import crossAverage from "../../../tasks/cross-average.ts";
import crossMax from "../../../tasks/cross-max.ts";
import { across, checkAcrossCuts, checkAcrossRefusals } from "../../support/across.ts";
import { madeOf } from "../../support/elementwise.ts";

test("crossAverage gives the same in chunks as on the whole", (t) =>
  checkAcrossCuts(t, crossAverage));
test("crossAverage refuses unknown columns, text, names that are no list, and taken names", () =>
  checkAcrossRefusals(crossAverage));

test("one NaN makes the mean of its row NaN, and of its row only", async () => {
  const a = Float64Array.of(1, Number.NaN, 3);
  assert.deepEqual(await across(crossAverage, { a, b: Int32Array.of(2, 2, 2) }), [1.5, "NaN", 2.5]);
});

test("whole numbers of 64 bits are summed without wrapping and without rounding", async () => {
  const a = BigInt64Array.of(2n ** 62n, 2n ** 62n + 1n, 2n ** 63n - 1n);
  const b = BigInt64Array.of(2n ** 62n, -(2n ** 62n), 2n ** 63n - 1n);
  assert.deepEqual(await across(crossAverage, { a, b }), [2 ** 62, 0.5, 2 ** 63]);
});

test("a column that is named twice counts twice", async () => {
  const given = { a: Float64Array.of(1), b: Float64Array.of(4) };
  const operations = [{ columns: ["a", "b", "b"], column: "m" }];
  assert.deepEqual((await madeOf(crossAverage, { operations }, given))["m"], [3]);
});

test("the historical names find it, and those of crossMax find that", () => {
  const library = createLibrary([crossAverage, crossMax] as TaskDefinition[]);
  for (const name of ["average_cross", "task_average_cross", "cross_average", "averageCross"]) {
    assert.equal(library.find(name)?.name, "crossAverage", name);
  }
  for (const name of ["max_cross", "task_max_cross", "cross_max"]) {
    assert.equal(library.find(name)?.name, "crossMax", name);
  }
});
