import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { tableToJson } from "../../../src/table/json.ts";
import { createLibrary } from "../../../src/task/library.ts";
import openFile from "../../../tasks/open-file.ts";
import { memoryFiles } from "../../support/open-parts.ts";
import { tableOf } from "../../support/run-task.ts";

const files = memoryFiles({
  "d/text": "first\r\n\nsecond\nlast",
  "d/lists": "[1,2]\n[3,4][5,6]\n",
  "d/objects": '{"a":1,"b":"x"}\n{"a":2.5,"b":"y"}\n',
  "d/numbers": "1\n2.5\n",
  "d/mixed": '1\n"x"\n',
  "d/packed": deflateSync('["x",true]\n'),
  "d/bars": "a|b|c",
  empty: "\n",
});
async function columnsOf(params: object) {
  const table = await tableOf(openFile, { path: "d", ...params }, undefined, { files });
  return Object.entries(tableToJson(table).columns).map(([name, { dtype, values }]) => [
    name,
    dtype,
    ...values,
  ]);
}

test("the lines of a file come in reverse order, as they always have", async () => {
  assert.deepEqual(await columnsOf({ file: "text" }), [["0", "O", "last", "second", "first"]]);
  assert.deepEqual(await columnsOf({ file: "bars", delimiter: "|" }), [["0", "O", "c", "b", "a"]]);
  assert.deepEqual(await columnsOf({ file: "text", delimiter: "\\n" }), [
    ["0", "O", "last", "second", "first"],
  ]);
});

test("JSON values become columns by their kind", async () => {
  const encoding = true;
  assert.deepEqual(await columnsOf({ file: "lists", encoding }), [
    ["0", "<i8", 5, 3, 1],
    ["1", "<i8", 6, 4, 2],
  ]);
  assert.deepEqual(await columnsOf({ file: "objects", encoding }), [
    ["a", "<f8", 2.5, 1],
    ["b", "O", "y", "x"],
  ]);
  assert.deepEqual(await columnsOf({ file: "numbers", encoding }), [["0", "<f8", 2.5, 1]]);
  assert.deepEqual(await columnsOf({ file: "packed", encoding, compression: true }), [
    ["0", "O", "x"],
    ["1", "|b1", true],
  ]);
});

test("a file without lines is a table without rows", async () => {
  assert.deepEqual(await columnsOf({ path: ".", file: "empty" }), [["0", "O"]]);
});

test("what cannot be read is refused", async () => {
  await assert.rejects(columnsOf({ file: "none" }), { code: "RTL_FILE_MISSING" });
  await assert.rejects(columnsOf({ file: "text", encoding: true }), {
    code: "RTL_FILE_INVALID",
    message: /^file d\/text, line 1: this is no JSON/,
  });
  await assert.rejects(columnsOf({ file: "text", compression: true }), {
    code: "RTL_FILE_INVALID",
  });
  await assert.rejects(columnsOf({ file: "mixed", encoding: true }), { code: "RTL_TABLE_INVALID" });
});

test("it is found by its historical name", () => {
  const library = createLibrary([openFile]);
  for (const name of ["openFile", "open_file", "task_open_file"]) assert.ok(library.find(name));
});
