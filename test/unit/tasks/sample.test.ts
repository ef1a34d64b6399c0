import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { makeTable } from "../../../src/table/table.ts";
import sample from "../../../tasks/sample.ts";
import { checkChunked } from "../../support/chunked.ts";
import { tableOf } from "../../support/run-task.ts";

const numbered = (rows: number) =>
  makeTable([
    numericColumn(
      "row",
      Uint32Array.from({ length: rows }, (_, row) => row),
    ),
  ]);
const chosen = async (params: unknown, rows = 1_000) => {
  const result = await tableOf(sample, params, numbered(rows));
  return Array.from({ length: result.rows }, (_, row) =>
    Number(valueAt(result.column("row"), row)),
  );
};

test("a sample has exactly so many rows, each once and in order", async () => {
  for (const [params, rows] of [
    [{ n: 17 }, 17],
    [{ fraction: 0.25 }, 250],
    [{ n: 5_000 }, 1_000],
    [{ n: 0 }, 0],
  ] as const) {
    const found = await chosen(params);
    assert.equal(found.length, rows);
    assert.deepEqual(
      found,
      [...new Set(found)].sort((a, b) => a - b),
    );
  }
});

test("the same seed chooses the same rows, another seed others", async () => {
  assert.deepEqual(await chosen({ n: 50, seed: 4 }), await chosen({ n: 50, seed: 4 }));
  assert.notDeepEqual(await chosen({ n: 50, seed: 4 }), await chosen({ n: 50, seed: 5 }));
  assert.notDeepEqual(await chosen({ n: 50, seed: 1 }), await chosen({ n: 50, seed: 1 + 2 ** 32 }));
  assert.deepEqual(await chosen({ n: 50 }), await chosen({ n: 50, seed: 0 }));
});

test("a smaller sample is part of a larger one of the same seed", async () => {
  const larger = new Set(await chosen({ n: 100 }));
  assert.ok((await chosen({ n: 30 })).every((row) => larger.has(row)));
});

test("rows are chosen from everywhere", async () => {
  const found = await chosen({ n: 1_000 }, 10_000);
  for (let tenth = 0; tenth < 10; tenth++) {
    const here = found.filter((row) => Math.floor(row / 1_000) === tenth).length;
    assert.ok(here > 70 && here < 130, `${here} of 100 expected`);
  }
});

test("either n or fraction must be given", async () => {
  for (const params of [{}, { n: 1, fraction: 0.5 }]) {
    await assert.rejects(chosen(params), { message: /give either n or fraction/ });
  }
  await assert.rejects(chosen({ fraction: 1.5 }), { code: "RTL_PARAMS_INVALID" });
});

test("chunks choose the rows that the whole chooses", async (t) => {
  const seed = fc.maxSafeInteger();
  await checkChunked(t, sample, {
    params: () =>
      fc.oneof(
        fc.record({ n: fc.nat(45), seed }),
        fc.record({ fraction: fc.double({ min: 0, max: 1, noNaN: true }), seed }),
      ),
  });
});
