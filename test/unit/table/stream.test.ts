/**
 * Our own reader and writer of streams against apache-arrow, which is the oracle here: on sound bytes
 * they agree, and damaged ones our reader refuses, leaves alone, or takes as the library does.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  Table as ArrowTable,
  Bool,
  type DataType,
  DateDay,
  DateMillisecond,
  Dictionary,
  DurationNanosecond,
  DurationSecond,
  Float16,
  Int32,
  LargeBinary,
  LargeUtf8,
  makeBuilder,
  TimeMicrosecond,
  TimeMillisecond,
  TimeNanosecond,
  TimeSecond,
  TimestampMillisecond,
  TimestampSecond,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { RtlError } from "../../../src/protocol/errors.ts";
import { numericColumn, textColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { decodeTable, encodeTable, readAnyArrow, readArrow } from "../../../src/table/ipc.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { readStream } from "../../../src/table/stream-reader.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { checkProperty } from "../../support/properties.ts";
import { sources } from "../../support/sources.ts";
import { tables } from "../../support/tables.ts";

/** What apache-arrow writes for the same table, from what it reads of our stream. */
const rewritten = (table: Table): Uint8Array => tableToIPC(tableFromIPC(encodeTable(table)));

test("our reader and apache-arrow find the same in what either has written", (t) => {
  checkProperty(
    t,
    fc.property(tables, (table) => {
      for (const bytes of [encodeTable(table), rewritten(table)]) {
        const own = readStream(bytes);
        assert.equal(own === undefined, table.columns.length === 0);
        const expected = tableToJson(readAnyArrow(bytes));
        assert.deepEqual(own === undefined ? expected : tableToJson(own), expected);
      }
    }),
  );
});

/** One line for what a reader makes of bytes. */
function verdict(read: () => Table | undefined): string {
  try {
    const table = read();
    return table === undefined ? "left" : JSON.stringify(tableToJson(table));
  } catch (error) {
    return error instanceof RtlError || error instanceof Error ? "refused" : "crashed";
  }
}

test("what our reader takes from damaged bytes, apache-arrow takes from them too", (t) => {
  const bytes = encodeTable(
    makeTable([
      numericColumn("n", BigInt64Array.of(1n, 2n, 3n), { validity: Uint8Array.of(5) }),
      textColumn("t", ["a", "bc", null], "<U2"),
      numericColumn("b", Uint8Array.of(1, 0, 1), { dtype: "|b1" }),
    ]),
  );
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 3,
  });
  checkProperty(
    t,
    fc.property(damage, (places) => {
      const broken = bytes.slice();
      for (const [at, byte] of places) broken[at] = byte;
      const own = verdict(() => readStream(broken));
      if (own !== "left" && own !== "refused")
        assert.equal(
          own,
          verdict(() => readAnyArrow(broken)),
        );
      assert.notEqual(
        verdict(() => readArrow(broken)),
        "crashed",
      );
    }),
    2000,
  );
});

test("a column that says it has far more rows than bytes is refused before memory is taken", () => {
  const rows = 2 ** 33 + 3;
  const bytes = encodeTable(makeTable([numericColumn("n", BigInt64Array.of(1n, 2n, 3n))]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = Array.from({ length: bytes.length / 8 - 1 }, (_, i) => 8 * i);
  // The first two words of 3 are the rows of the batch and those of its column.
  const [batch, column] = places.filter((at) => view.getBigUint64(at, true) === 3n);
  assert.ok(batch !== undefined && column !== undefined);
  view.setBigUint64(column, BigInt(rows), true);
  for (const read of [readStream, readAnyArrow]) {
    assert.throws(() => read(bytes), { message: /more rows than there are bytes for/ });
  }
});

test("what lies behind the end of a stream is not read", () => {
  const bytes = encodeTable(makeTable([numericColumn("n", Int32Array.of(7))]));
  const schemaBytes = 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
  // A length of 0 in the old form, without the mark before it, ends the stream after its schema.
  const ended = Buffer.concat([bytes.subarray(0, schemaBytes), Buffer.alloc(4), bytes]);
  assert.equal(readAnyArrow(new Uint8Array(ended)).rows, 0);
  assert.equal(readArrow(new Uint8Array(ended)).rows, 0);
});

/** A stream of apache-arrow's with one column of this type: two values, the second of which is null. */
function streamOf(type: DataType, value: unknown): Uint8Array {
  const builder = makeBuilder({ type, nullValues: [null] });
  for (const each of [value, null]) builder.append(each);
  return tableToIPC(new ArrowTable({ c: builder.finish().toVector() }));
}

test("streams beyond plain columns of one batch are left to apache-arrow, and read", () => {
  const several = tableFromArrays({ n: Int32Array.of(1, 2) });
  const streams = [
    streamOf(new Dictionary(new Utf8(), new Int32()), "a"),
    streamOf(new Float16(), 1),
    tableToIPC(several.concat(several)),
  ];
  for (const bytes of streams) {
    assert.equal(readStream(bytes), undefined);
    const [column] = readArrow(bytes).columns;
    assert.ok(column !== undefined && valueAt(column, 0) !== null);
  }
});

test("times and text with wide offsets are read by our reader as by apache-arrow", () => {
  const streams = [
    ...[new LargeUtf8(), new LargeBinary()].map((type) =>
      streamOf(type, type instanceof LargeUtf8 ? "größe" : Uint8Array.of(1, 255)),
    ),
    ...[new DateDay(), new DateMillisecond()].map((type) => streamOf(type, new Date(86_400_000))),
    ...[new TimeSecond(), new TimeMillisecond()].map((type) => streamOf(type, 7)),
    ...[new TimeMicrosecond(), new TimeNanosecond()].map((type) => streamOf(type, 2n ** 40n)),
    ...[new TimestampSecond(), new TimestampMillisecond()].map((type) => streamOf(type, 5000)),
    ...[new DurationSecond(), new DurationNanosecond()].map((type) => streamOf(type, 9n)),
  ];
  for (const bytes of streams) {
    const own = readStream(bytes);
    assert.ok(own !== undefined && own.rows === 2);
    assert.deepEqual(tableToJson(own), tableToJson(readAnyArrow(bytes)));
  }
});

test("other programs find names, types and what was noted of each column", () => {
  const { schema } = tableFromIPC(
    encodeTable(
      makeTable([
        numericColumn("größe", Uint16Array.of(1)),
        textColumn("t", ["x"], "<U7"),
        textColumn("raw", ["x"], "|S3"),
      ]),
    ),
  );
  assert.deepEqual(
    schema.fields.map(({ name, type, nullable, metadata }) => [
      ...[name, String(type), nullable, metadata.get("rtl.dtype")],
    ]),
    [
      ["größe", "Uint16", true, "<u2"],
      ["t", "Utf8", true, "<U7"],
      ["raw", "Binary", true, "|S3"],
    ],
  );
});

test("tables of more schemas than are kept, and of very many columns, are all written", () => {
  for (let i = 0; i < 200; i++) {
    const table = makeTable([numericColumn(`c${i}`, Int8Array.of(i % 100))]);
    assert.deepEqual(tableToJson(decodeTable(encodeTable(table))), tableToJson(table));
  }
  const wide = makeTable(
    Array.from({ length: 1000 }, (_, i) => numericColumn(`column ${i}`, Int16Array.of(i))),
  );
  assert.deepEqual(tableToJson(decodeTable(encodeTable(wide))), tableToJson(wide));
});

test("a slice of an Arrow table keeps its own nulls, booleans and texts", () => {
  const rows = Array.from({ length: 21 }, (_, i) => i);
  const values = {
    flag: rows.map((i) => (i % 5 === 0 ? null : i % 3 === 0)),
    n: rows.map((i) => (i % 4 === 0 ? null : i)),
    text: rows.map((i) => (i % 7 === 0 ? null : `t${i}`)),
    code: rows.map((i) => `c${i % 2}`),
  };
  const whole = new ArrowTable({
    flag: vectorFromArray(values.flag, new Bool()),
    n: vectorFromArray(values.n, new Int32()),
    text: vectorFromArray(values.text, new Utf8()),
    code: vectorFromArray(values.code),
  });
  const made = tableFromContents(whole.slice(3, 17));
  assert.equal(made.rows, 14);
  for (const [name, all] of Object.entries(values)) {
    const column = made.column(name);
    const found: readonly Value[] = rows.slice(0, made.rows).map((row) => valueAt(column, row));
    assert.deepEqual(found, all.slice(3, 17), name);
  }
});

test("plain tables are written and read without apache-arrow being loaded", () => {
  const url = (path: string) =>
    JSON.stringify(new URL(`../../../src/table/${path}`, import.meta.url));
  const script = `
    import { createRequire } from "node:module";
    import { decodeTable, encodeTable } from ${url("ipc.js")};
    import { tableFromContents } from ${url("contents.js")};
    decodeTable(encodeTable(tableFromContents({ n: [1, null], t: ["a", "b"] })));
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.filter((path) => path.includes("apache-arrow")).length);
  `;
  const options = ["--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
  assert.deepEqual([stdout.trim(), stderr], ["0", ""]);
  // The cache knows of require() alone; an import of the code would be seen in the source.
  const importing = sources().filter(
    ({ path, imports }) =>
      path.startsWith("src/") &&
      imports.some(({ from, typeOnly }) => from === "apache-arrow" && !typeOnly),
  );
  assert.deepEqual(importing, []);
});
