import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { confinedFiles } from "../../../src/host/files.ts";
import { parseSpec } from "../../../src/protocol/document.ts";
import { type Column, numericColumn, renamed, textColumn } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { concatenate, makeTable, sliceRows, type Table } from "../../../src/table/table.ts";
import type { TaskFiles } from "../../../src/task/context.ts";
import type { TaskDefinition } from "../../../src/task/define-task.ts";
import { runGoldenFiles } from "../../../src/task/golden.ts";
import { createLibrary } from "../../../src/task/library.ts";
import { parseParams } from "../../../src/task/params.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import open from "../../../tasks/open.ts";
import openArray from "../../../tasks/open-array.ts";
import write from "../../../tasks/write.ts";
import { assertSame, withDtypesOf } from "../../support/formats.ts";
import { projectPath } from "../../support/project.ts";
import { checkAsyncProperty } from "../../support/properties.ts";
import { runDocument } from "../../support/run-document.ts";
import { tableOf } from "../../support/run-task.ts";
import { fullTables, tables } from "../../support/tables.ts";
import { tempFolder } from "../../support/temp-folder.ts";

interface Written {
  readonly folder: string;
  readonly files: TaskFiles;
}

function somewhere(t: TestContext): Written {
  const folder = tempFolder(t);
  mkdirSync(join(folder, "out"));
  return { folder, files: confinedFiles([folder]) };
}

const sample = makeTable([
  numericColumn("n", BigInt64Array.of(3n, -1n, 9_007_199_254_740_993n)),
  numericColumn("x", Float64Array.of(2.5, Number.NaN, 1e300)),
  textColumn("t", ["plain", 'a "quote", and more', "größe"]),
  numericColumn("b", Uint8Array.of(1, 0, 1), { dtype: "|b1" }),
]);

test("the historical form writes what older versions wrote", async () => {
  const library = createLibrary([write]);
  const { passed, failed } = await runGoldenFiles(
    [projectPath("test", "vectors", "write.json")],
    library,
  );
  assert.deepEqual([passed, failed], [3, []]);
});

test("the historical form uses its delimiter, and its files are opened again", async (t) => {
  const { folder, files } = somewhere(t);
  const table = makeTable([
    numericColumn("it's", BigInt64Array.of(-7n, 2n ** 62n)),
    numericColumn("x", Float64Array.of(0.5, 1 / 128)),
    numericColumn("small", Int8Array.of(-128, 127)),
  ]);
  for (const extension of ["csv", "dat"]) {
    const place = { path: "out", filename: "old", extension, delimiter: ";" };
    assert.equal(await tableOf(write, place, table, { files }), table);
    const again = await tableOf(openArray, place, undefined, { files });
    if (extension === "dat") assertSame(again, table);
  }
  // A half goes to the even neighbour, as it always has.
  const text = readFileSync(join(folder, "out", "old.csv"), "utf8");
  assert.equal(text, "-7;0.500000;-128\n4611686018427387904;0.007812;127\n");
});

test("what the historical form cannot hold is refused", async (t) => {
  const { files } = somewhere(t);
  const place = { path: "out", filename: "old", extension: "csv" };
  const refused = (column: Column, message: RegExp) =>
    assert.rejects(tableOf(write, place, makeTable([column]), { files }), {
      code: "RTL_TABLE_INVALID",
      message,
    });
  await refused(textColumn("t", ["a"]), /column "t" is text/);
  await refused(
    numericColumn("x", Float64Array.of(1), { validity: Uint8Array.of(0) }),
    /column "x" has rows without a value/,
  );
});

/** What is written by its ending and opened again. */
async function thereAndBack(files: TaskFiles, params: object, table: Table): Promise<Table> {
  assert.equal(await tableOf(write, params, table, { files }), table);
  const { file } = params as { file: string };
  return tableOf(open, { file }, undefined, { files });
}

test("every format is opened again as the same table", async (t) => {
  const { files } = somewhere(t);
  for (const name of [
    ...["a.csv", "b.csv.gz", "c.tsv", "d.jsonl", "e.ndjson.gz", "f.npy", "g.npz", "h.arrow"],
    ...["i.arrows", "j.feather", "k.parquet", "l.pq", "m.dat"],
  ]) {
    const read = await thereAndBack(files, { file: `out/${name}` }, sample);
    assertSame(read, withDtypesOf(read, sample), name);
  }
});

test("random tables survive every binary format, as far as it holds them", async (t) => {
  const { files } = somewhere(t);
  const check = async (name: string, table: Table) => {
    if (table.columns.length === 0) return;
    const read = await thereAndBack(files, { file: `out/${name}` }, table);
    assertSame(read, withDtypesOf(read, table), name);
  };
  await checkAsyncProperty(
    t,
    fc.asyncProperty(tables, fullTables, async (table, full) => {
      await check("a.arrow", table);
      await check("a.arrows", table);
      await check("a.npz", full);
      if (full.columns.length > 1) await check("a.npy", full);
      await check("a.dat", full);
    }),
    60,
  );
});

test("formats, compression, delimiters and headers can be said", async (t) => {
  const { folder, files } = somewhere(t);
  const read = (name: string) => readFileSync(join(folder, "out", name));
  const numbers = makeTable([numericColumn("n", new Int32Array(5000))]);
  const run = (params: object) => tableOf(write, params, numbers, { files });
  await run({ file: "out/odd", format: "arrow" });
  assert.equal(tableFromIPC(read("odd")).numRows, 5000);
  await run({ file: "out/a.npz" });
  await run({ file: "out/b.npz", compression: "deflate" });
  assert.ok(read("b.npz").length < read("a.npz").length / 10);
  for (const compression of ["none", "zstd"]) {
    await run({ file: `out/${compression}.parquet`, compression });
    assertSame(
      await tableOf(open, { file: `out/${compression}.parquet` }, undefined, { files }),
      numbers,
    );
  }
  await tableOf(write, { file: "out/x.csv", delimiter: ";", header: false }, sample, { files });
  assert.match(read("x.csv").toString(), /^3;2\.5;plain;true\n/);
  await tableOf(write, { file: "out/x.csv.gz" }, sample, { files });
  assert.match(gunzipSync(read("x.csv.gz")).toString(), /^n,x,t,b\n3,2\.5,plain,true\n/);
});

test("parts are files of their own, by the chunk alone, so that a retry replaces its own", async (t) => {
  const { folder, files } = somewhere(t);
  const params = { file: "out/result.csv.gz", parts: true };
  assert.equal(resolveShape(write.shape, params), "map");
  assert.equal(resolveShape(write.shape, { file: "out/result.csv" }), "gather");
  const chunks = [sliceRows(sample, 0, 1), sliceRows(sample, 1, 1), sliceRows(sample, 1, 3)];
  for (const chunk of [0, 1, 2, 1]) {
    await tableOf(write, params, chunks[chunk], { files, chunk });
  }
  const names = ["result-00000.csv.gz", "result-00001.csv.gz", "result-00002.csv.gz"];
  assert.deepEqual(readdirSync(join(folder, "out")).sort(), names);
  await tableOf(write, { file: "out/p.parquet", parts: true }, chunks[0], { files, chunk: 12 });
  await tableOf(write, { file: "out/p.parquet", parts: true }, chunks[2], {
    files,
    chunk: 123_456,
  });
  const read = await tableOf(open, { file: "out/p-*.parquet" }, undefined, { files });
  assert.equal(tableDifference(read, concatenate([sample])), undefined);
  assert.ok(readdirSync(join(folder, "out")).includes("p-123456.parquet"));
});

test("a job copies a file in chunks, and its parts are the file again", async (t) => {
  const { folder, files } = somewhere(t);
  const rows = 20_000;
  const table = makeTable([
    numericColumn(
      "n",
      BigInt64Array.from({ length: rows }, (_, row) => BigInt(row) ** 4n),
    ),
    textColumn(
      "t",
      Array.from({ length: rows }, (_, row) =>
        row % 11 === 0 ? null : `the text of row ${row % 97}`,
      ),
    ),
  ]);
  const library = createLibrary([open, write] as TaskDefinition[]);
  const tasks = (from: string, to: object) => [{ open: { file: from } }, { write: to }];
  for (const [from, to] of [
    ["parquet", "arrow"],
    ["arrow", "parquet"],
  ] as const) {
    await tableOf(write, { file: `out/whole.${from}` }, table, { files });
    const copy = tasks(`out/whole.${from}`, { file: `out/part.${to}`, parts: true });
    const spec = parseSpec({
      version: 1,
      stages: { copy: { tasks: copy, split: { chunks: 4 } } },
    });
    const { table: passed, stages } = await runDocument(spec, { library, files });
    assert.deepEqual(
      stages.map(({ chunks }) => chunks),
      [4],
    );
    assertSame(passed, table);
    const parts = readdirSync(join(folder, "out")).filter((name) => name.startsWith("part-"));
    assert.equal(parts.filter((name) => name.endsWith(`.${to}`)).length, 4);
    const file = `out/part-*.${to}`;
    assertSame(await tableOf(open, { file }, undefined, { files }), table);
  }
});

test("wrong parameters are told by their names", () => {
  const whole = { path: "out", filename: "a", extension: "csv" };
  const cases: [object, RegExp][] = [
    [{}, /file: name the file to write/],
    [{ file: "out/result" }, /file: its ending says no format/],
    [{ file: "out/.csv" }, /file: its ending says no format/],
    [{ file: "a.parquet.gz" }, /file: \.parquet files are not gzipped/],
    [{ file: "a.csv", compression: "zstd" }, /compression: zstd is of parquet files only/],
    [{ file: "a.npz", compression: "snappy" }, /compression: snappy is of parquet files only/],
    [{ file: "a.npy", delimiter: ";" }, /delimiter: is of csv files only/],
    [{ file: "a.jsonl", header: true }, /header: is of csv files only/],
    [{ file: "a.csv", delimiter: ";;" }, /delimiter: give one ASCII character/],
    [{ file: "a.csv", path: "out" }, /path: does not go with `file`/],
    [{ path: "out", filename: "a" }, /extension: must go with/],
    [{ ...whole, extension: "xls" }, /extension: give csv or dat/],
    [{ ...whole, format: "csv" }, /format: does not go with `path`/],
    [{ ...whole, parts: true }, /parts: does not go with `path`/],
    [{ file: "a.xls", format: "xls" }, /format: give one of csv jsonl/],
    [{ file: "a.csv", mode: "append" }, /mode/],
  ];
  for (const [params, message] of cases) {
    assert.throws(() => parseParams(write, params), { code: "RTL_PARAMS_INVALID", message });
  }
});

test("a folder that is not there, or a place outside, is refused", async (t) => {
  const { files } = somewhere(t);
  const run = (file: string) => tableOf(write, { file }, sample, { files });
  await assert.rejects(run("none/a.arrow"), { code: "RTL_FILE_MISSING" });
  await assert.rejects(run("../a.arrow"), { code: "RTL_FILE_REFUSED" });
  await assert.rejects(tableOf(write, { file: "out/a.npy" }, makeTable([]), { files }), {
    code: "RTL_TABLE_INVALID",
    message: /a table without columns/,
  });
});

test("a .npy of one column is a list, whose column has no name", async (t) => {
  const { files } = somewhere(t);
  const column = numericColumn("speed", Float64Array.of(1, 2));
  const read = await thereAndBack(files, { file: "out/a.npy" }, makeTable([column]));
  assertSame(read, makeTable([renamed(column, "0")]));
});
