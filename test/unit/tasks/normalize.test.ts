import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import normalize from "../../../tasks/normalize.ts";
import { checkProperty } from "../../support/properties.ts";
import { chunkedTableOf, runTask, tableOf } from "../../support/run-task.ts";

const params = (model: string | null, weight: number | null = null) => ({
  columns: ["x"],
  model,
  weight,
});
const tableOfX = (...x: number[]) => makeTable([numericColumn("x", Float64Array.from(x))]);
const normal = (table: Table) =>
  Array.from({ length: table.rows }, (_, row) => valueAt(table.column("xNormal"), row));

test("PercentOfMax scales to percent, and equal values give NaN", async () => {
  assert.deepEqual(
    normal(await tableOf(normalize, params("PercentOfMax"), tableOfX(1, 2, 3))),
    [0, 50, 100],
  );
  assert.deepEqual(normal(await tableOf(normalize, params("PercentOfMax"), tableOfX(4, 4))), [
    Number.NaN,
    Number.NaN,
  ]);
});

test("Squash reports maximum, minimum, average and count as the log always has", async () => {
  const { reports } = await runTask(
    normalize,
    { params: params("Squash"), part: "run" },
    tableOfX(1, 2, 3.5),
  );
  assert.deepEqual(reports[0]?.lines, ["=> x : MAX 3.5 MIN 1.0 AVG 2.1666666666666665 COUNT 3"]);
});

test("a column without rows cannot be scaled, but can be smoothed and copied", async () => {
  for (const model of ["Squash", "PercentOfMax"]) {
    await assert.rejects(tableOf(normalize, params(model), tableOfX()), {
      code: "RTL_TABLE_INVALID",
    });
  }
  assert.equal((await tableOf(normalize, params("DistanceFromMean", 1), tableOfX())).rows, 0);
  assert.equal((await tableOf(normalize, params(null), tableOfX())).rows, 0);
});

test("DistanceFromMean needs a weight, and every model the key", async () => {
  const code = "RTL_PARAMS_INVALID";
  await assert.rejects(tableOf(normalize, params("DistanceFromMean"), tableOfX(1)), { code });
  await assert.rejects(tableOf(normalize, { columns: ["x"], model: "Squash" }, tableOfX(1)), {
    code,
  });
  await assert.rejects(tableOf(normalize, params("Squish"), tableOfX(1)), { code });
});

test("rows without a value stay without, and are neither counted nor neighbours", async () => {
  const x = (...values: number[]) => {
    const column = numericColumn("x", Float64Array.from(values), {
      validity: Uint8Array.of(0b11101),
    });
    return makeTable([column]);
  };
  const percent = await tableOf(normalize, params("PercentOfMax"), x(1, 999, 2, 3, 1));
  assert.deepEqual(normal(percent), [0, null, 50, 100, 0]);
  const smooth = await tableOf(
    normalize,
    params("DistanceFromMean", 0.5),
    x(1, Number.NaN, 10, 1, 1),
  );
  assert.deepEqual(normal(smooth), [1, null, 6, (8 / 3) * 0.5, 1]);
  assert.deepEqual(normal(await tableOf(normalize, params(null), x(1, 9, 2, 3, 4)))[1], null);
});

test("which zero comes first cannot be seen", async () => {
  for (const x of [tableOfX(-0, 3, 0, -3, 0), tableOfX(0, 3, -0, -3, -0)]) {
    for (const cuts of [[], [1], [2, 4]]) {
      const result = await chunkedTableOf(normalize, params("Squash"), x, cuts);
      assert.deepEqual(normal(result), [Infinity, Infinity, Infinity, Number.NaN, Infinity]);
    }
  }
});

test("the source column is left as it was", async () => {
  const table = tableOfX(1, 100, 3);
  const result = await tableOf(normalize, params("DistanceFromMean", 0.1), table);
  assert.equal(result.column("x"), table.column("x"));
});

test("Squash and PercentOfMax give the same in any chunks, also empty ones", async (t) => {
  // Of one sign: a mean near zero of large numbers is what rounding leaves of them.
  const sizes = fc.oneof(fc.double({ min: 0, max: 1e9 }), fc.constant(Number.NaN));
  const values = fc
    .tuple(fc.array(sizes, { minLength: 1 }), fc.constantFrom(1, -1))
    .map(([x, sign]) => x.map((value) => value * sign));
  const cases: [number[], number[]][] = [];
  checkProperty(
    t,
    fc.property(values, fc.array(fc.nat(12)), (x, cuts) => void cases.push([x, [0, ...cuts]])),
    100,
  );
  for (const [x, cuts] of cases) {
    for (const model of ["Squash", "PercentOfMax"]) {
      const whole = await tableOf(normalize, params(model), tableOfX(...x));
      const parts = await chunkedTableOf(normalize, params(model), tableOfX(...x), cuts);
      assert.equal(tableDifference(whole, parts, { relative: 1e-9 }), undefined);
    }
  }
});
