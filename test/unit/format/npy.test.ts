import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { formatNpy, npyFormat } from "../../../src/format/numpy/npy.ts";
import { numericColumn, renamed, textColumn } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromJson, tableToJson } from "../../../src/table/json.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import {
  assertSame,
  damages,
  fileInMemory,
  readCut,
  readOrRefuse,
  readWhole,
  withDtypesOf,
} from "../../support/formats.ts";
import { projectPath } from "../../support/project.ts";
import { checkAsyncProperty } from "../../support/properties.ts";
import { filesOf } from "../../support/run-task.ts";
import { fullTables } from "../../support/tables.ts";

const folder = projectPath("test", "vectors", "files", "interop");
const files = filesOf(folder);
const listed = (name: string) =>
  Object.entries(
    JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as Record<string, unknown>,
  )
    .filter(([file]) => file.endsWith(".npy"))
    .map(([file, json]) => ({ file, table: tableFromJson(json) }));
const inMemory = (parts: readonly Uint8Array[]) => fileInMemory("a.npy", Buffer.concat(parts));

test("every file of numpy is read as numpy reads it, whole and in any rows", async () => {
  const cases = listed("expected");
  assert.ok(cases.length > 40);
  for (const { file, table } of cases) {
    const place = { path: file, files };
    const whole = await readWhole(npyFormat, place, {});
    assertSame(whole, table, file);
    const cuts = Array.from({ length: table.rows }, (_, row) => row);
    assertSame(await readCut(npyFormat, place, {}, cuts), table, file);
    assertSame(await readCut(npyFormat, place, {}, [2, 3]), table, file);
  }
});

test("what is written is byte for byte what numpy.save writes", () => {
  const cases = listed("written");
  assert.ok(cases.length > 15);
  for (const { file, table } of cases) {
    assert.deepEqual(
      Buffer.concat(formatNpy(table)).toString("latin1"),
      readFileSync(`${folder}/${file}`).toString("latin1"),
      file,
    );
  }
});

/** A list of its own has no name. */
const unnamed = (table: Table): Table =>
  makeTable(table.columns.map((column) => renamed(column, "0")));

test("any table without nulls is read as it was written, in any cuts", (t) =>
  checkAsyncProperty(
    t,
    fc.asyncProperty(fullTables, fc.array(fc.nat(40), { maxLength: 5 }), async (table, cuts) => {
      if (table.columns.length === 0) return;
      const place = inMemory(formatNpy(table));
      const read = await readWhole(npyFormat, place, {});
      assertSame(read, withDtypesOf(read, table.columns.length > 1 ? table : unnamed(table)));
      assertSame(await readCut(npyFormat, place, {}, cuts), read);
    }),
  ));

test("what an array cannot hold is refused by its column", () => {
  const empty = numericColumn("x", Float64Array.of(1, 2), { validity: Uint8Array.of(1) });
  const refused = (columns: Table["columns"], message: RegExp) =>
    assert.throws(() => formatNpy(makeTable(columns)), { code: "RTL_TABLE_INVALID", message });
  refused([empty], /column "x" has rows without a value/);
  refused([textColumn("t", ["a", "b\0"])], /column "t", row 1: the text ends in a zero/);
  refused([], /without columns/);
  refused(
    [numericColumn("", Int8Array.of(1)), numericColumn("b", Int8Array.of(1))],
    /without a name/,
  );
  // Without nulls in it, a bitmap is nothing to refuse.
  const full = numericColumn("x", Float64Array.of(1, 2), { validity: Uint8Array.of(3) });
  assert.equal(formatNpy(makeTable([full])).length, 2);
});

test("arrays that are no table are refused with what to do", async () => {
  for (const [file, message] of [
    ["cube.npy", /file cube\.npy: it has 3 dimensions: reshape it to two/],
    ["objects.npy", /dtype \|O: Python objects are programs, which are not run/],
    ["one.npz", /this is no \.npy file/],
  ] as const) {
    const refused = await readOrRefuse(npyFormat, { path: file, files }, {});
    assert.ok(!("rows" in refused));
    assert.match(refused.message, message);
  }
});

/** A file whose header is this text. */
function withHeader(text: string, data: Uint8Array): Uint8Array[] {
  const prefix = Buffer.from("\x93NUMPY\x01\0\0\0", "latin1");
  prefix.writeUInt16LE(text.length + 1, 8);
  return [prefix, Buffer.from(`${text}\n`, "latin1"), data];
}

test("headers that promise what is not there are refused before memory is taken", async () => {
  const data = new Uint8Array(16);
  const header = (descr: string, shape: string) =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;
  for (const [text, message] of [
    [header("'<f8'", "(3,)"), /3 rows take 24 bytes, but it has 16/],
    [header("'<f8'", "(1,)"), /8 bytes behind its array/],
    [header("'<f8'", "(9007199254740991,)"), /its shape is damaged/],
    [header("'<f8'", "(4503599627370496, 0)"), /its values take no bytes/],
    [header("'<U0'", "(1000000000000,)"), /its values take no bytes/],
    [header("'<f8'", "(0, 9007199254740991)"), /it has over 65536 columns/],
    [header("[('a', '<f4', (100000, 100000))]", "(0,)"), /it has over 65536 columns/],
    [header("'<f8'", "(-2,)"), /does not say descr, fortran_order and shape/],
    [header("'<f8'", "2"), /does not say descr/],
    [header("'<g16'", "(1,)"), /dtype <g16, which has no counterpart/],
    [header("[('a', '<f8'), ('a', '<f8')]", "(1,)"), /there are two columns "a"/],
    [header("[('a',)]", "(1,)"), /list of columns cannot be read/],
    [header("[('a', '<f8')]", "(1, 2)"), /matrix of records/],
    ["os.system('rm')", /its header is damaged/],
    [`${"[".repeat(5000)}`, /nested too deeply/],
    ["'text'", /its header is no dict/],
    ["{}", /does not say descr/],
  ] as const) {
    const refused = await readOrRefuse(npyFormat, inMemory(withHeader(text, data)), {});
    assert.ok(!("rows" in refused), text);
    assert.match(refused.message, message);
  }
});

test("headers of other writers are read: no blanks, longs of Python 2, unicode, tuples", async () => {
  const data = new Uint8Array(Float64Array.of(1, 2).buffer);
  for (const text of [
    "{'shape':(2L,),'fortran_order':False,'descr':u'<f8'}",
    `{"descr": ("<f8"), "fortran_order": True, "shape": [2]}`,
    "{'descr': 'f8', 'fortran_order': False, 'shape': (2, 1)}   ",
  ]) {
    const table = await readWhole(npyFormat, inMemory(withHeader(text, data)), {});
    assert.deepEqual(tableToJson(table).columns["0"]?.values, [1, 2]);
  }
});

test("a boolean of any other byte than 0 is true", async () => {
  const text = "{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}";
  const table = await readWhole(
    npyFormat,
    inMemory(withHeader(text, Uint8Array.of(0, 1, 2, 255))),
    {},
  );
  assert.deepEqual([...(table.column("0") as { values: Uint8Array }).values], [0, 1, 1, 1]);
});

test("damaged files give a table or a clear error, never a crash", (t) => {
  const sources = ["records-padded.npy", "text.npy", "matrix-fortran-big.npy", "times.npy"].map(
    (name) => readFileSync(`${folder}/${name}`),
  );
  return checkAsyncProperty(
    t,
    fc.asyncProperty(fc.oneof(...sources.map(damages)), async (bytes) => {
      const read = await readOrRefuse(npyFormat, inMemory([bytes]), {});
      if ("rows" in read) tableToJson(read);
    }),
    2000,
  );
});

test("a table of more rows than a block is written and read the same", async () => {
  const table = makeTable([
    numericColumn(
      "n",
      BigInt64Array.from({ length: 100_000 }, (_, i) => BigInt(i) ** 3n),
    ),
    numericColumn(
      "b",
      Uint8Array.from({ length: 100_000 }, (_, i) => i & 1),
      { dtype: "|b1" },
    ),
    numericColumn(
      "h",
      Uint16Array.from({ length: 100_000 }, (_, i) => i),
    ),
  ]);
  const read = await readWhole(npyFormat, inMemory(formatNpy(table)), {});
  assert.equal(tableDifference(read, table), undefined);
});
