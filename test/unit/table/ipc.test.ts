import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Field, Schema, tableFromArrays, tableFromIPC, tableToIPC } from "apache-arrow";
import fc from "fast-check";
import { RtlError } from "../../../src/protocol/errors.ts";
import { columnsOfBatches } from "../../../src/table/arrow-columns.ts";
import { numericColumn, renamed, textColumn, valueAt } from "../../../src/table/column.ts";
import {
  decodeTable,
  encodeTable,
  encodeTableInto,
  encodeTableParts,
  readArrow,
} from "../../../src/table/ipc.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { concatenate, makeTable, sliceRows } from "../../../src/table/table.ts";
import { checkProperty } from "../../support/properties.ts";
import { tables } from "../../support/tables.ts";

test("any table survives encoding and decoding, in one piece or in parts", (t) => {
  checkProperty(
    t,
    fc.property(tables, (table) => {
      const expected = tableToJson(table);
      assert.deepEqual(tableToJson(decodeTable(encodeTable(table))), expected);
      const parts = Buffer.concat(encodeTableParts(table));
      assert.deepEqual(tableToJson(decodeTable(parts)), expected);
      const shared = encodeTableInto(table, (size) => new Uint8Array(new SharedArrayBuffer(size)));
      assert.deepEqual(tableToJson(decodeTable(shared)), expected);
    }),
  );
});

test("a table is decoded the same at any place in memory", () => {
  const table = makeTable([
    numericColumn("n", BigInt64Array.of(1n, -(2n ** 63n))),
    textColumn("t", ["one", null], "<U3"),
  ]);
  const bytes = encodeTable(table);
  for (let shift = 0; shift < 9; shift++) {
    const moved = new Uint8Array(bytes.length + 9).subarray(shift, shift + bytes.length);
    moved.set(bytes);
    assert.deepEqual(tableToJson(decodeTable(moved)), tableToJson(table));
  }
});

test("decoding shares memory with the bytes when they are aligned", () => {
  const bytes = encodeTable(makeTable([numericColumn("n", Float64Array.of(1, 2))]));
  const column = decodeTable(bytes).column("n");
  assert.ok(column.kind === "numeric" && column.values.buffer === bytes.buffer);
});

test("one memory in two columns and overlapping slices side by side are written whole", () => {
  const column = numericColumn(
    "a",
    Float64Array.from({ length: 100 }, (_, i) => i),
  );
  const table = makeTable([column, renamed(column, "b")]);
  const again = decodeTable(encodeTable(table));
  assert.deepEqual(tableToJson(again), tableToJson(table));
  const low = sliceRows(makeTable([column]), 0, 60).columns;
  const high = sliceRows(makeTable([renamed(column, "b")]), 40, 100).columns;
  const overlapping = makeTable([...low, ...high]);
  assert.deepEqual(tableToJson(decodeTable(encodeTable(overlapping))), tableToJson(overlapping));
});

test("a stream that is cut anywhere is refused, never half read", () => {
  const bytes = encodeTable(
    makeTable([numericColumn("n", Float64Array.of(1, 2)), textColumn("t", ["a", "bc"])]),
  );
  for (let size = 0; size < bytes.length; size++) {
    assert.throws(() => decodeTable(bytes.slice(0, size)), { code: "RTL_TABLE_INVALID" });
  }
});

test("bytes damaged anywhere give a table or a clear error, never a crash", (t) => {
  const bytes = encodeTable(
    makeTable([numericColumn("n", Float64Array.of(1, 2)), textColumn("t", ["a", "bc"], "<U2")]),
  );
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  checkProperty(
    t,
    fc.property(damage, (places) => {
      const broken = bytes.slice();
      for (const [at, byte] of places) broken[at] = byte;
      try {
        tableToJson(decodeTable(broken));
      } catch (error) {
        assert.ok(error instanceof RtlError && error.code === "RTL_TABLE_INVALID", String(error));
      }
    }),
    1000,
  );
});

test("a file whose block points at a message of another kind is refused, not read forever", () => {
  const file = tableToIPC(tableFromArrays({ city: ["Rome"] }), "file");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const footer = file.byteLength - 10 - view.getInt32(file.byteLength - 10, true);
  // The first two places that hold a message's offset: the blocks of a batch and a dictionary.
  const offsets: number[] = [];
  for (let at = footer; at + 24 <= file.byteLength - 10; at += 4) {
    const [offset, high] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const isMessage = offset >= 8 && offset < footer && view.getInt32(offset, true) === -1;
    if (high === 0 && isMessage) offsets.push(at);
  }
  const [one, other] = offsets;
  assert.ok(one !== undefined && other !== undefined);
  const first = view.getUint32(one, true);
  view.setUint32(one, view.getUint32(other, true), true);
  view.setUint32(other, first, true);
  assert.throws(() => readArrow(file), { code: "RTL_TABLE_INVALID", message: /of the wrong kind/ });
});

test("other programs can read what is written: types, nulls and booleans", () => {
  const table = makeTable([
    numericColumn("flag", Uint8Array.of(1, 0, 1), { dtype: "|b1", validity: Uint8Array.of(0b011) }),
    textColumn("text", ["x", null, "z"]),
  ]);
  const read = tableFromIPC(encodeTable(table));
  assert.deepEqual(
    read.toArray().map((row) => ({ ...row })),
    [
      { flag: true, text: "x" },
      { flag: false, text: null },
      { flag: null, text: "z" },
    ],
  );
});

test("an Arrow file with dictionaries and several batches is read as plain text", () => {
  const arrow = tableFromArrays({ city: ["Rome", "Oslo", "Rome"], n: Int32Array.of(1, 2, 3) });
  const table = readArrow(tableToIPC(arrow.concat(arrow), "file"));
  const city = table.column("city");
  assert.equal(city.dtype, "O");
  assert.deepEqual(
    Array.from({ length: table.rows }, (_, row) => valueAt(city, row)),
    ["Rome", "Oslo", "Rome", "Rome", "Oslo", "Rome"],
  );
  assert.deepEqual(tableToJson(sliceRows(table, 3, 6)), tableToJson(sliceRows(table, 0, 3)));
});

test("a column whose name is missing has an empty one", () => {
  // Found by fuzzing: the format lets a field have no name at all, and the library then says null.
  const { schema, batches } = tableFromArrays({ n: Int32Array.of(1, 2) });
  const [field] = schema.fields;
  assert.ok(field !== undefined);
  const nameless = new Schema([new Field(null as unknown as string, field.type)]);
  const [column] = columnsOfBatches(nameless, batches, 2);
  assert.ok(column !== undefined);
  assert.deepEqual([column.name, valueAt(column, 1)], ["", 2]);
});

test("the flights data set, a file of 226 batches, is read whole", () => {
  const path = createRequire(import.meta.url).resolve("vega-datasets/data/flights-200k.arrow");
  const table = readArrow(readFileSync(path));
  assert.equal(table.rows, 231_083);
  assert.deepEqual(table.names, ["delay", "distance", "time"]);
  assert.equal(valueAt(table.column("distance"), 0), 405);
  assert.equal(concatenate([table, table]).rows, 462_166);
});

test("what is no Arrow data at all is refused", () => {
  for (const bytes of [new Uint8Array(0), Buffer.from("a,b\n1,2\n"), new Uint8Array(64).fill(7)]) {
    assert.throws(() => readArrow(bytes), { code: "RTL_TABLE_INVALID" });
  }
});
