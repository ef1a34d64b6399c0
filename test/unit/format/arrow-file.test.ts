import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { test } from "node:test";
import {
  Table as ArrowTable,
  Binary,
  Dictionary,
  Int32,
  makeBuilder,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { arrowFormat, formatArrow } from "../../../src/format/arrow-file.ts";
import type { RtlError } from "../../../src/protocol/errors.ts";
import { findBatches } from "../../../src/table/arrow-layout.ts";
import { numericColumn, textColumn } from "../../../src/table/column.ts";
import { byte, long, short, writeFlatbuffer } from "../../../src/table/flatbuffer-writer.ts";
import { encodeTable, readArrow } from "../../../src/table/ipc.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { END_OF_STREAM, schemaMessage } from "../../../src/table/stream-layout.ts";
import { fileParts } from "../../../src/table/stream-writer.ts";
import { makeTable, sliceRows, type Table } from "../../../src/table/table.ts";
import type { TaskFiles } from "../../../src/task/context.ts";
import {
  assertSame,
  damages,
  fileInMemory,
  readCut,
  readOrRefuse,
  readWhole,
} from "../../support/formats.ts";
import { projectPath } from "../../support/project.ts";
import { checkAsyncProperty } from "../../support/properties.ts";
import { filesOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";

const inMemory = (...parts: readonly Uint8Array[]) => fileInMemory("a.arrow", Buffer.concat(parts));
const flights = createRequire(import.meta.url).resolve("vega-datasets/data/flights-200k.arrow");

test("any table is read as it was written, as a file or a stream, in any batches and cuts", (t) =>
  checkAsyncProperty(
    t,
    fc.asyncProperty(
      tables,
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(40), { maxLength: 5 }),
      async (table, batchRows, cuts) => {
        const file = fileParts(table, batchRows);
        for (const place of [inMemory(...file), inMemory(encodeTable(table))]) {
          assertSame(await readWhole(arrowFormat, place, {}), table);
          assertSame(await readCut(arrowFormat, place, {}, cuts), table);
        }
      },
    ),
  ));

test("files that are written are read by other programs", (t) =>
  checkAsyncProperty(
    t,
    fc.asyncProperty(tables, fc.integer({ min: 1, max: 20 }), async (table, batchRows) => {
      const file = Buffer.concat(fileParts(table, batchRows));
      const arrow = tableFromIPC(file);
      assert.equal(arrow.schema.fields.length, table.columns.length);
      assert.equal(arrow.numRows, table.columns.length === 0 ? arrow.numRows : table.rows);
      assertSame(readArrow(new Uint8Array(file)), table);
    }),
  ));

test("a part of a large batch is read without the rest of it", async () => {
  const rows = 300_000;
  const text = textColumn(
    "t",
    Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? null : `row ${i}`)),
  );
  const table = makeTable([
    numericColumn(
      "x",
      Float64Array.from({ length: rows }, (_, i) => Math.sqrt(i)),
    ),
    text,
    numericColumn(
      "b",
      Uint8Array.from({ length: rows }, (_, i) => +(i % 3 === 0)),
      { dtype: "|b1" },
    ),
  ]);
  const { path, files } = inMemory(...fileParts(table, rows));
  let bytesRead = 0;
  const counting: TaskFiles = {
    ...files,
    read(name, start, end) {
      const bytes = files.read(name, start, end);
      bytesRead += bytes.length;
      return bytes;
    },
  };
  const extent = await arrowFormat.inspect(path, counting, {});
  assert.deepEqual([extent.unit, extent.units, extent.unitsMin], ["rows", rows, 65_536]);
  for (const [start, end] of [
    [0, 10],
    [123_457, 123_471],
    [rows - 1, rows],
  ] as const) {
    const part = await arrowFormat.read(path, counting, {}, extent, { start, end });
    assertSame(part, sliceRows(table, start, end));
  }
  assert.ok(bytesRead < 200_000, `${bytesRead} of ${extent.bytes} bytes were read`);
});

test("the flights data set, a file of 226 batches, is the same in chunks as whole", async () => {
  const place = { path: "flights-200k.arrow", files: filesOf(dirname(flights)) };
  const extent = await arrowFormat.inspect(place.path, place.files, {});
  assert.equal(extent.units, 231_083);
  const whole = await readWhole(arrowFormat, place, {});
  assertSame(whole, readArrow(readFileSync(flights)));
  const size = 50_000;
  const cuts = Array.from({ length: 4 }, (_, i) => (i + 1) * size);
  assertSame(await readCut(arrowFormat, place, {}, cuts), whole);
});

const several = (table: ArrowTable): ArrowTable => table.concat(table).concat(table);

test("dictionaries are plain text, whole and in any rows, in files and streams", async () => {
  const table = several(
    tableFromArrays({ city: ["Rome", "Oslo", "Rome"], n: Int32Array.of(1, 2, 3) }),
  );
  for (const kind of ["file", "stream"] as const) {
    const bytes = tableToIPC(table, kind);
    const whole = await readWhole(arrowFormat, inMemory(bytes), {});
    assertSame(whole, readArrow(bytes));
    for (const cuts of [[1], [4], [3, 6], [2, 5, 8]]) {
      assertSame(await readCut(arrowFormat, inMemory(bytes), {}, cuts), whole);
    }
  }
});

test("a dictionary that a stream replaces counts for the batches behind it", async () => {
  const type = new Dictionary(new Utf8(), new Int32(), 7);
  const streamOf = (...texts: string[]) =>
    tableToIPC(new ArrowTable({ t: vectorFromArray(texts, type) }), "stream");
  const [one, two] = [streamOf("a", "b"), streamOf("c", "d")];
  const schemaBytes = 8 + new DataView(two.buffer, two.byteOffset).getInt32(4, true);
  const place = inMemory(one.subarray(0, -END_OF_STREAM.length), two.subarray(schemaBytes));
  const whole = await readWhole(arrowFormat, place, {});
  assert.deepEqual(tableToJson(whole).columns["t"]?.values, ["a", "b", "c", "d"]);
  assertSame(await readCut(arrowFormat, place, {}, [1, 3]), whole);
});

test("bytes of unknown width are read in one piece, so that every chunk has their dtype", async () => {
  const builder = makeBuilder({ type: new Binary(), nullValues: [null] });
  for (const value of ["a", "abc"]) builder.append(Buffer.from(value));
  const table = new ArrowTable({ raw: builder.finish().toVector() });
  const place = inMemory(tableToIPC(table, "file"));
  const extent = await arrowFormat.inspect(place.path, place.files, {});
  assert.equal(extent.unit, "whole");
  assert.equal((await readWhole(arrowFormat, place, {})).column("raw").dtype, "|S3");
});

const messageOf = async (...parts: readonly Uint8Array[]): Promise<string> => {
  const refused = await readOrRefuse(arrowFormat, inMemory(...parts), {});
  assert.ok(!("rows" in refused));
  return (refused as RtlError).message;
};

test("files that are none, cut short or not to be read say so", async () => {
  const file = Buffer.concat(formatArrow(makeTable([numericColumn("n", Int32Array.of(1, 2))])));
  assert.match(await messageOf(Buffer.from("a,b\n1,2\n")), /file a\.arrow: .* cut short/);
  assert.match(await messageOf(new Uint8Array(0)), /there is no schema in it/);
  assert.match(await messageOf(file.subarray(0, -1)), /it has no footer: it is cut short/);
  const list = tableToIPC(new ArrowTable({ xs: vectorFromArray([[1, 2], [3]]) }), "file");
  assert.match(await messageOf(list), /column "xs" has the Arrow type List/);
});

test("batches that are compressed in a way that is not known are refused", async () => {
  const compression = { table: [byte(7), byte(0)] };
  const header = { table: [long(0), { structs: [[0, 0]] }, { structs: [] }, compression] };
  const batch = writeFlatbuffer([short(4), byte(3), header, long(0)], 8);
  batch.writeInt32LE(-1, 0);
  batch.writeInt32LE(batch.length - 8, 4);
  const schema = schemaMessage({ names: ["n"], dtypes: ["<i4"] });
  assert.match(await messageOf(schema, batch, END_OF_STREAM), /by a method that is not known/);
});

test("blocks that name the same bytes more than once are refused", async () => {
  const table = makeTable([numericColumn("n", new Float64Array(1001))]);
  const file = Buffer.concat(fileParts(table, 1000));
  const read = (start: number, end: number) => new Uint8Array(file).slice(start, end);
  const { head, batches } = findBatches({ bytes: file.length, read });
  const [large, small] = batches;
  assert.ok(large !== undefined && small !== undefined);
  const footer = file.lastIndexOf(head);
  file.copyWithin(footer + small.block, footer + large.block, footer + large.block + 24);
  assert.match(await messageOf(file), /its blocks overlap/);
});

test("damaged files give a table or a clear error, never a crash", (t) => {
  const table: Table = makeTable([
    numericColumn("n", BigInt64Array.of(1n, 2n, 3n), { validity: Uint8Array.of(5) }),
    textColumn("t", ["a", "bc", null], "<U2"),
    numericColumn("b", Uint8Array.of(1, 0, 1), { dtype: "|b1" }),
  ]);
  const dictionary = tableToIPC(several(tableFromArrays({ city: ["Rome", "Oslo"] })), "file");
  const wide = tableToIPC(new ArrowTable({ t: vectorFromArray(["a", "b"], new Utf8()) }), "stream");
  const sources = [Buffer.concat(fileParts(table, 2)), encodeTable(table), dictionary, wide];
  for (const name of ["plain-lz4.arrow", "coded-lz4.arrows"]) {
    sources.push(readFileSync(projectPath("test", "vectors", "files", "pyarrow", name)));
  }
  return checkAsyncProperty(
    t,
    fc.asyncProperty(fc.oneof(...sources.map(damages)), async (bytes) => {
      const read = await readOrRefuse(arrowFormat, inMemory(bytes), {});
      if ("rows" in read && read.rows < 10_000) tableToJson(read);
    }),
    2000,
  );
});
