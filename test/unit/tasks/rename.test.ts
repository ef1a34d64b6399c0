import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import rename from "../../../tasks/rename.ts";
import { checkChunked } from "../../support/chunked.ts";
import { tableOf } from "../../support/run-task.ts";

const after = (columns: unknown) =>
  tableOf(rename, { columns }, tableFromContents({ a: [1], b: [2], c: [3] }));

test("columns get their new names all at once and stay where they are", async () => {
  const table = await after({ a: "b", b: "a" });
  assert.deepEqual(table.names, ["b", "a", "c"]);
  assert.equal(valueAt(table.column("b"), 0), 1n);
});

test("a name that is not there, or one for two columns, is refused", async () => {
  await assert.rejects(after({ d: "e" }), { code: "RTL_COLUMN_UNKNOWN" });
  await assert.rejects(after({ a: "c" }), {
    code: "RTL_TABLE_INVALID",
    message: /two columns "c"/,
  });
  await assert.rejects(after({}), { message: /name at least one column/ });
  await assert.rejects(after({ a: "" }), { code: "RTL_PARAMS_INVALID" });
  await assert.rejects(after(JSON.parse('{"__proto__": "x", "a": "y"}')), {
    message: /"__proto__" cannot be a key/,
  });
  assert.deepEqual((await after({ a: "constructor" })).names, ["constructor", "b", "c"]);
});

test("renaming in chunks is renaming the whole", async (t) => {
  await checkChunked(t, rename, {
    params: ({ names }) =>
      fc.record({
        columns: fc.dictionary(fc.constantFrom(...names, "z"), fc.constantFrom("c0", "new", "old")),
      }),
  });
});
