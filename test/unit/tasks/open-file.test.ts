import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { deflateSync } from "node:zlib";
import { tableToJson } from "../../../src/table/json.ts";
import openFile from "../../../tasks/open-file.ts";
import { filesOf, tableOf } from "../../support/run-task.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** The columns of a file with this content. */
async function opened(t: TestContext, content: string | Uint8Array, more: object = {}) {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "f.txt"), content);
  const params = { path: ".", file: "f.txt", ...more };
  const { columns } = tableToJson(
    await tableOf(openFile, params, undefined, { files: filesOf(folder) }),
  );
  return Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, values]));
}

test("lines are text, the last one first, and empty ones are none", async (t) => {
  assert.deepEqual(await opened(t, "one\r\n\ntwo\nthree"), { "0": ["three", "two", "one"] });
  assert.deepEqual(await opened(t, ""), { "0": [] });
});

test("another delimiter, and a zlib stream, are read as they say", async (t) => {
  assert.deepEqual(await opened(t, "a;b", { delimiter: ";" }), { "0": ["b", "a"] });
  assert.deepEqual(await opened(t, "a\nb", { delimiter: "\\n" }), { "0": ["b", "a"] });
  const packed = deflateSync("a\nb\n");
  assert.deepEqual(await opened(t, packed, { compression: true }), { "0": ["b", "a"] });
});

test("with encoding each line is a JSON value, and lists that are glued are two lines", async (t) => {
  const encoding = true;
  assert.deepEqual(await opened(t, "1\n2\n", { encoding }), { "0": [2, 1] });
  assert.deepEqual(await opened(t, '[1,"a"][2,"b"]\n', { encoding }), {
    "0": [2, 1],
    "1": ["b", "a"],
  });
});

test("a file that is missing, packed otherwise or no JSON is refused by its name and line", async (t) => {
  const missing = tableOf(openFile, { path: ".", file: "none" }, undefined, {
    files: filesOf(tempFolder(t)),
  });
  await assert.rejects(missing, { code: "RTL_FILE_MISSING" });
  await assert.rejects(opened(t, "plain", { compression: true }), { code: "RTL_FILE_INVALID" });
  await assert.rejects(opened(t, "1\n{\n", { encoding: true }), /f\.txt, line 2/);
});
