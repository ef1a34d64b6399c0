import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { makeTable } from "../../../src/table/table.ts";
import select from "../../../tasks/select.ts";
import { checkChunked } from "../../support/chunked.ts";
import { tableOf } from "../../support/run-task.ts";

const namesAfter = async (columns: unknown, contents: unknown) =>
  (await tableOf(select, { columns }, tableFromContents(contents))).names;

test("columns come in the order given, those of a pattern in the table's order", async () => {
  const contents = { price_b: [1], id: [2], price_a: [3], x1: [4] };
  assert.deepEqual(await namesAfter(["x1", "price_*", "id"], contents), [
    ...["x1", "price_b", "price_a", "id"],
  ]);
  assert.deepEqual(await namesAfter("?*", contents), Object.keys(contents));
  assert.deepEqual(await namesAfter(["price_a", "price_*"], contents), ["price_a", "price_b"]);
});

test("a name that is a column's is no pattern, whatever signs it has", async () => {
  assert.deepEqual(await namesAfter(["a*"], { "a*": [1], ab: [2] }), ["a*"]);
  assert.deepEqual(await namesAfter(["*a"], { "a*": [1], ba: [2] }), ["ba"]);
});

test("a name or pattern that fits nothing is refused with what there is", async () => {
  await assert.rejects(namesAfter(["prce"], { price: [1] }), {
    code: "RTL_COLUMN_UNKNOWN",
    fix: 'did you mean "price"?',
  });
  await assert.rejects(namesAfter(["x*"], { price: [1] }), {
    code: "RTL_COLUMN_UNKNOWN",
    message: /no column fits the pattern "x\*"/,
  });
  await assert.rejects(namesAfter([], { price: [1] }), { code: "RTL_PARAMS_INVALID" });
});

test("columns may have names that objects have", async () => {
  const table = makeTable(
    ["__proto__", "constructor", "x"].map((name) => numericColumn(name, Int8Array.of(1))),
  );
  const result = await tableOf(select, { columns: ["constructor", "__proto__"] }, table);
  assert.deepEqual(result.names, ["constructor", "__proto__"]);
});

test("selecting from chunks is selecting from the whole", async (t) => {
  await checkChunked(t, select, {
    params: ({ names }) =>
      fc.record({ columns: fc.array(fc.constantFrom(...names, "c*", "*"), { minLength: 1 }) }),
  });
});
