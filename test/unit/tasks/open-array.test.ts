import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatMeta } from "../../../src/format/records.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { concatenate } from "../../../src/table/table.ts";
import type { TaskContext } from "../../../src/task/context.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import openArray from "../../../tasks/open-array.ts";
import { projectPath } from "../../support/project.ts";
import { filesOf, tableOf } from "../../support/run-task.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const demo = { path: "demo", filename: "jobs50k", extension: "csv", delimiter: "," };
const files = filesOf(projectPath("examples", "data"));
const context = { files } as TaskContext;

function folderWith(t: Parameters<typeof tempFolder>[0], csv: string) {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "f.csv"), csv);
  writeFileSync(
    join(folder, "f.meta"),
    formatMeta([
      { name: "a", dtype: "<i8" },
      { name: "b", dtype: "<f8" },
    ]),
  );
  return filesOf(folder);
}
const small = { path: ".", filename: "f", extension: "csv" };

test("a csv in chunks of any bytes has every line once, in order", async () => {
  const whole = await tableOf(openArray, demo, undefined, { files });
  assert.equal(whole.rows, 50_000);
  const { units, unit } = await openArray.measure({ ...demo, delimiter: "," }, context);
  assert.equal(unit, "bytes");
  for (const count of [2, 7, 31]) {
    const size = Math.ceil(units / count);
    const parts = [];
    for (let start = 0; start < units; start += size) {
      const range = { start, end: Math.min(units, start + size) };
      parts.push(await tableOf(openArray, demo, undefined, { files, range }));
    }
    assert.equal(tableDifference(concatenate(parts), whole), undefined, `${count} chunks`);
  }
});

test("chunks smaller than a line are empty or have the line that begins in them", async (t) => {
  const text = "1,2\n33,4.5\r\n5,6";
  const own = folderWith(t, text);
  const parts = [];
  for (let start = 0; start < text.length; start++) {
    const range = { start, end: start + 1 };
    parts.push(await tableOf(openArray, small, undefined, { files: own, range }));
  }
  assert.deepEqual(parts.map(({ rows }) => rows).join(""), "100010000000100".slice(0, text.length));
  const whole = await tableOf(openArray, small, undefined, { files: own });
  assert.equal(tableDifference(concatenate(parts), whole), undefined);
});

test("a fault names file, line and column, also in a later chunk", async (t) => {
  const own = folderWith(t, "1,2\n3,4\n5,six\n");
  for (const range of [
    { start: 0, end: 14 },
    { start: 6, end: 14 },
  ]) {
    await assert.rejects(tableOf(openArray, small, undefined, { files: own, range }), {
      code: "RTL_FILE_INVALID",
      message: 'file f.csv, line 3, column 2 (b): "six" is no number',
    });
  }
});

test("a .dat in chunks of rows has every record once", async () => {
  const wanted = { path: "files/openArray", filename: "random1000", extension: "dat" };
  const vectors = filesOf(projectPath("test", "vectors"));
  const whole = await tableOf(openArray, wanted, undefined, { files: vectors });
  assert.deepEqual(await openArray.measure(wanted, { files: vectors } as TaskContext), {
    units: 1000,
    unit: "rows",
  });
  const parts = [];
  for (const [start, end] of [
    [0, 1],
    [1, 600],
    [600, 1000],
  ] as const) {
    parts.push(
      await tableOf(openArray, wanted, undefined, { files: vectors, range: { start, end } }),
    );
  }
  assert.equal(tableDifference(concatenate(parts), whole), undefined);
});

test("a missing file is refused by its name", async () => {
  const missing = { ...demo, filename: "nothing" };
  await assert.rejects(tableOf(openArray, missing, undefined, { files }), {
    code: "RTL_FILE_MISSING",
    message: /demo\/nothing\.meta/,
  });
});

test("only csv and dat make it a source", () => {
  assert.equal(resolveShape(openArray.shape, demo), "source");
  assert.equal(resolveShape(openArray.shape, { ...demo, extension: "txt" }), "map");
});
