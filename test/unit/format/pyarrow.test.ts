// Files that pyarrow and pandas have written, against what they say is in them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { arrowFormat } from "../../../src/format/arrow-file.ts";
import { type ParquetOptions, parquetFormat } from "../../../src/format/duckdb/parquet.ts";
import type { FileFormat } from "../../../src/format/file-format.ts";
import { tableFromJson } from "../../../src/table/json.ts";
import { sliceRows } from "../../../src/table/table.ts";
import { assertSame, readCut, readOrRefuse, readWhole } from "../../support/formats.ts";
import { projectPath } from "../../support/project.ts";
import { filesOf } from "../../support/run-task.ts";

const folder = projectPath("test", "vectors", "files", "pyarrow");
const files = filesOf(folder);
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as {
  files: Record<string, string>;
  tables: Record<string, unknown>;
};
const cases = Object.entries(expected.files).map(([path, table]) => ({
  path,
  table: tableFromJson(expected.tables[table]),
}));
const hasZstd = "zstdDecompressSync" in zlib;

async function check(format: FileFormat<ParquetOptions>, ending: RegExp): Promise<number> {
  let checked = 0;
  for (const { path, table } of cases) {
    if (!ending.test(path)) continue;
    checked++;
    const place = { path, files };
    if (path.includes("-zstd.") && !hasZstd) {
      const refused = await readOrRefuse(format, place, {});
      assert.ok(!("rows" in refused));
      assert.match(
        refused.message,
        /compressed by ZSTD, which this version of Node does not unpack/,
      );
      continue;
    }
    assertSame(await readWhole(format, place, {}), table, path);
    for (const cuts of [[1], [25], [7, 24, 26, 51]]) {
      assertSame(await readCut(format, place, {}, cuts), table, `${path} cut at ${cuts}`);
    }
  }
  return checked;
}

test("Arrow files and streams are read as pyarrow reads them, compressed or not", async () => {
  assert.equal(await check(arrowFormat, /\.arrows?$/), 15);
});

test("Parquet files are read as pyarrow reads them, but for the units of times", async () => {
  assert.equal(await check(parquetFormat, /\.parquet$/), 3);
});

test("a frame that pandas has written by to_feather is read, dictionary and all", async () => {
  const place = { path: "frame.feather", files };
  const whole = await readWhole(arrowFormat, place, {});
  assert.equal(whole.rows, 1200);
  assertSame(sliceRows(whole, 0, 3), tableFromJson(expected.tables["frame-first"]));
  assertSame(sliceRows(whole, 1197, 1200), tableFromJson(expected.tables["frame-last"]));
  assertSame(await readCut(arrowFormat, place, {}, [500, 501]), whole);
});
