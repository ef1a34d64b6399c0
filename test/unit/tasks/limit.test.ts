import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { makeTable } from "../../../src/table/table.ts";
import limit from "../../../tasks/limit.ts";
import { checkChunked } from "../../support/chunked.ts";
import { runTask, tableOf } from "../../support/run-task.ts";

const table = makeTable([numericColumn("a", Int8Array.of(0, 1, 2, 3, 4))]);
const rows = async (params: unknown): Promise<Value[]> => {
  const result = await tableOf(limit, params, table);
  return Array.from({ length: result.rows }, (_, row) => valueAt(result.column("a"), row));
};

test("limit keeps the first rows or the last ones, after leaving some out", async () => {
  assert.deepEqual(await rows({ n: 2 }), [0, 1]);
  assert.deepEqual(await rows({ n: 2, offset: 1 }), [1, 2]);
  assert.deepEqual(await rows({ last: 2 }), [3, 4]);
  assert.deepEqual(await rows({ last: 2, offset: 1 }), [2, 3]);
});

test("fewer rows than wanted are all of them, and none are none", async () => {
  assert.deepEqual(await rows({ n: 9, offset: 3 }), [3, 4]);
  assert.deepEqual(await rows({ last: 9, offset: 3 }), [0, 1]);
  assert.deepEqual(await rows({ n: 3, offset: 7 }), []);
  assert.deepEqual(await rows({ last: 3, offset: 7 }), []);
  assert.deepEqual(await rows({ n: 0 }), []);
  assert.deepEqual(await rows({ n: Number.MAX_SAFE_INTEGER, offset: 4 }), [4]);
});

test("either n or last must be given", async () => {
  for (const params of [{}, { n: 1, last: 1 }, { offset: 2 }]) {
    await assert.rejects(rows(params), { message: /give either n or last/ });
  }
  await assert.rejects(rows({ n: -1 }), { code: "RTL_PARAMS_INVALID" });
  await assert.rejects(rows({ n: 1.5 }), { code: "RTL_PARAMS_INVALID" });
});

test("a chunk hands on no more rows than can be wanted", async () => {
  const sent = async (params: unknown) =>
    (await runTask(limit, { params, part: "partial" }, table)).table.rows;
  assert.equal(await sent({ n: 2, offset: 1 }), 3);
  assert.equal(await sent({ last: 1 }), 1);
});

test("the limit of chunks is the limit of the whole", async (t) => {
  const count = fc.nat(45);
  await checkChunked(t, limit, {
    params: () =>
      fc.oneof(fc.record({ n: count, offset: count }), fc.record({ last: count, offset: count })),
  });
});
