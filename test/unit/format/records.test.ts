import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeRecords,
  type FieldLayout,
  formatMeta,
  parseMeta,
  recordSize,
} from "../../../src/format/records.ts";
import { tableToJson } from "../../../src/table/json.ts";

const meta = (list: string): Uint8Array =>
  Buffer.from(Buffer.from(list.replaceAll("(", "<@").replaceAll(")", "@>")).toString("base64"));

test("a .meta file gives names and dtypes, in any of numpy's spellings", () => {
  assert.deepEqual(
    parseMeta(meta(`[('a', '<i8'), ("b c", 'float64'), ('s', 'S4'), ('t', '<U3')]`), "f"),
    [
      { name: "a", dtype: "<i8" },
      { name: "b c", dtype: "<f8" },
      { name: "s", dtype: "|S4" },
      { name: "t", dtype: "<U3" },
    ],
  );
});

test("what is written as .meta reads as the same fields", () => {
  const fields: FieldLayout[] = [
    { name: "a", dtype: "<i8" },
    { name: "b", dtype: "|S4" },
  ];
  assert.deepEqual(parseMeta(formatMeta(fields), "f"), fields);
  assert.equal(
    Buffer.from(formatMeta([{ name: "n", dtype: "<i8" }])).toString("latin1"),
    "WzxAJ24nLCAnPGk4J0A+XQ==",
  );
});

test("a .meta file that cannot be read is refused with its name", () => {
  for (const list of [
    "",
    "hello",
    "[]",
    "[('a')]",
    "[('a', '>i8')]",
    "[('a', '<i8'), ('a', '<i8')]",
  ]) {
    assert.throws(() => parseMeta(meta(list), "x/y.meta"), {
      code: "RTL_FILE_INVALID",
      message: /file x\/y\.meta: /,
    });
  }
});

test("records of mixed sizes are taken apart at any alignment", () => {
  const fields: FieldLayout[] = [
    { name: "flag", dtype: "|b1" },
    { name: "n", dtype: "<i4" },
    { name: "x", dtype: "<f8" },
    { name: "t", dtype: "<U2" },
    { name: "s", dtype: "|S3" },
  ];
  const size = recordSize(fields);
  assert.equal(size, 1 + 4 + 8 + 8 + 3);
  const records = Buffer.alloc(2 * size + 1).subarray(1);
  const write = (at: number, flag: number, n: number, x: number, t: string, s: string) => {
    records.writeUInt8(flag, at);
    records.writeInt32LE(n, at + 1);
    records.writeDoubleLE(x, at + 5);
    for (const [i, letter] of [...t].entries()) {
      records.writeUInt32LE(letter.codePointAt(0) ?? 0, at + 13 + 4 * i);
    }
    records.write(s, at + 21, "latin1");
  };
  write(0, 1, -5, 2.5, "é", "ab");
  write(size, 0, 7, Number.NaN, "日本", "xyz");
  const { columns } = tableToJson(decodeRecords(records, fields));
  assert.deepEqual(
    Object.values(columns).map(({ values }) => values),
    [
      [true, false],
      [-5, 7],
      [2.5, "NaN"],
      ["é", "日本"],
      ["ab", "xyz"],
    ],
  );
});

test("records of one aligned field are not copied", () => {
  const bytes = new Uint8Array(Float64Array.of(1, 2).buffer);
  const column = decodeRecords(bytes, [{ name: "x", dtype: "<f8" }]).column("x");
  assert.ok(column.kind === "numeric" && column.values.buffer === bytes.buffer);
});
