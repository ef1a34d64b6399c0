import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { encodeTable } from "../../../src/table/ipc.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { concatenate } from "../../../src/table/table.ts";
import type { TaskContext } from "../../../src/task/context.ts";
import { parseParams } from "../../../src/task/params.ts";
import open from "../../../tasks/open.ts";
import openArray from "../../../tasks/open-array.ts";
import { projectPath } from "../../support/project.ts";
import { filesOf, tableOf } from "../../support/run-task.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const vectors = filesOf(projectPath("test", "vectors"));
const valuesOf = async (params: unknown, files = vectors) =>
  Object.values(tableToJson(await tableOf(open, params, undefined, { files })).columns).map(
    ({ values }) => values,
  );

test("several Arrow files are one table, in the order of their names, split by rows", async (t) => {
  const folder = tempFolder(t);
  mkdirSync(join(folder, "d"));
  writeFileSync(
    join(folder, "d/b.arrow"),
    encodeTable(tableFromContents({ n: [3, 4, 5], t: ["x", "y", "z"] })),
  );
  writeFileSync(
    join(folder, "d/a.arrow"),
    encodeTable(tableFromContents({ n: [1, 2], t: ["u", null] })),
  );
  const files = filesOf(folder);
  const params = { file: "d/*.arrow" };
  const { units, unit } = await open.measure(parseParams(open, params), { files } as TaskContext);
  assert.deepEqual([units, unit], [5, "rows"]);
  const whole = await tableOf(open, params, undefined, { files });
  assert.deepEqual(
    Object.values(tableToJson(whole).columns).map(({ values }) => values),
    [
      [1, 2, 3, 4, 5],
      ["u", null, "x", "y", "z"],
    ],
  );
  const parts = [];
  for (const [start, end] of [
    [0, 1],
    [1, 3],
    [3, 3],
    [3, 5],
  ] as const) {
    parts.push(await tableOf(open, params, undefined, { files, range: { start, end } }));
  }
  assert.deepEqual(
    parts.map(({ rows }) => rows),
    [1, 2, 0, 2],
  );
  assert.equal(tableDifference(concatenate(parts), whole), undefined);
});

test("the flights data set opens", async () => {
  const path = createRequire(import.meta.url).resolve("vega-datasets/data/flights-200k.arrow");
  const files = filesOf(dirname(path));
  assert.equal(
    (await tableOf(open, { file: "flights-200k.arrow" }, undefined, { files })).rows,
    231_083,
  );
});

test("a csv with its .meta opens like an array file", async (t) => {
  const folder = tempFolder(t);
  for (const name of ["jobs50k.csv", "jobs50k.meta"]) {
    copyFileSync(projectPath("examples", "data", "demo", name), join(folder, name));
  }
  const files = filesOf(folder);
  const params = { path: ".", filename: "jobs50k", extension: "csv" };
  const expected = await tableOf(openArray, params, undefined, { files });
  const opened = await tableOf(open, { file: "*" }, undefined, { files });
  assert.equal(tableDifference(opened, expected), undefined);
});

test("a file that is missing or no Arrow data is refused by its name", async () => {
  await assert.rejects(valuesOf({ file: "none/*.arrow" }), {
    code: "RTL_FILE_MISSING",
    message: /none/,
  });
  await assert.rejects(valuesOf({ file: ["files/open/text.csv", "files/open/none.csv"] }), {
    code: "RTL_FILE_MISSING",
    message: /none\.csv/,
  });
  await assert.rejects(valuesOf({ file: "files/open/rows.z" }), {
    code: "RTL_FILE_INVALID",
    message: "file files/open/rows.z: the ending .z is of no format",
    fix: /^set format, or use one of .*\.jsonl/,
  });
  await assert.rejects(valuesOf({ file: "files/open/rows.z", format: "arrow" }), {
    code: "RTL_FILE_INVALID",
    message: /^file files\/open\/rows\.z: /,
  });
});

const old = (file: string, more: object) => ({ path: "files/open", file, mixed: false, ...more });

test("the historical form reads JSON rows in reverse, also where they are glued", async () => {
  const encoding = true;
  assert.deepEqual(await valuesOf(old("rows.json.txt", { encoding })), [
    [7, 4, 1],
    [8, 5, 2],
    [9, 6, 3],
  ]);
  assert.deepEqual(await valuesOf(old("glued.json.txt", { encoding })), [
    [4, 1],
    [5, 2],
    [6, 3],
  ]);
});

test("the historical form reads lines of text, in reverse", async () => {
  assert.deepEqual(await valuesOf(old("text.csv", {})), [["b,2", "a,1"]]);
});

test("mixed rows keep a dtype for each column, with names from the first line where asked", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "m.txt"), '["n","t"]\n[1,"x"]\n[2.5,"y"]\n');
  const params = { path: ".", file: "m.txt", mixed: true, encoding: true, headers: true };
  const table = await tableOf(open, params, undefined, { files: filesOf(folder) });
  assert.deepEqual(table.names, ["n", "t"]);
  assert.deepEqual(
    table.columns.map(({ dtype }) => dtype),
    ["<f8", "O"],
  );
});

test("what the historical form cannot read is refused by file and line", async () => {
  const code = "RTL_FILE_INVALID";
  await assert.rejects(valuesOf(old("empty.txt", {})), { code, message: /has no lines/ });
  await assert.rejects(valuesOf(old("text.csv", { encoding: true })), {
    code,
    message: /line 1: this is no JSON/,
  });
  await assert.rejects(valuesOf(old("text.csv", { compression: true })), {
    code,
    message: /decompress/,
  });
});

test("a misspelled parameter is refused with the nearest one", async () => {
  await assert.rejects(valuesOf({ file: "x", delimeter: "," }), {
    code: "RTL_PARAMS_INVALID",
    fix: 'write "delimiter"',
  });
});
