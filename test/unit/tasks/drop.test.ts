import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tableFromContents } from "../../../src/table/contents.ts";
import drop from "../../../tasks/drop.ts";
import { checkChunked } from "../../support/chunked.ts";
import { tableOf } from "../../support/run-task.ts";

const contents = { a: [1, 2], b1: [3, 4], b2: [5, 6] };
const after = (params: unknown) => tableOf(drop, params, tableFromContents(contents));

test("drop leaves the other columns in their order, and all rows", async () => {
  assert.deepEqual((await after({ columns: "b*" })).names, ["a"]);
  assert.deepEqual((await after({ columns: ["b1", "a"] })).names, ["b2"]);
  const nothing = await after({ columns: "*" });
  assert.deepEqual([nothing.names.length, nothing.rows], [0, 2]);
});

test("a column that is not there is an error unless it is to be ignored", async () => {
  await assert.rejects(after({ columns: ["c"] }), { code: "RTL_COLUMN_UNKNOWN" });
  await assert.rejects(after({ columns: ["c*"] }), { code: "RTL_COLUMN_UNKNOWN" });
  const kept = await after({ columns: ["c", "x*", "a"], missing: "ignore" });
  assert.deepEqual(kept.names, ["b1", "b2"]);
});

test("dropping from chunks is dropping from the whole", async (t) => {
  await checkChunked(t, drop, {
    params: ({ names }) =>
      fc.record({
        columns: fc.array(fc.constantFrom(...names, "c*", "z"), { minLength: 1 }),
        missing: fc.constantFrom("error", "ignore"),
      }),
  });
});
