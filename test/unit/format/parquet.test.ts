import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { formatParquet, parquetFormat } from "../../../src/format/duckdb/parquet.ts";
import type { RtlError } from "../../../src/protocol/errors.ts";
import { type Column, numericColumn, textColumn, valueAt } from "../../../src/table/column.ts";
import { toFloat64 } from "../../../src/table/floats.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import {
  assertSame,
  damages,
  type Place,
  placed,
  readCut,
  readOrRefuse,
  readWhole,
  withDtypesOf,
} from "../../support/formats.ts";
import { checkAsyncProperty } from "../../support/properties.ts";
import { filesOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const flights = createRequire(import.meta.url).resolve("vega-datasets/data/flights-3m.parquet");

/** A file that DuckDB itself makes of a query. */
async function madeBy(t: TestContext, query: string, options = ""): Promise<Place> {
  const folder = tempFolder(t);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${folder}/made.parquet' (FORMAT parquet ${options})`);
  connection.closeSync();
  instance.closeSync();
  return { path: "made.parquet", files: filesOf(folder) };
}

test("any table is read as it was written, nulls included, in any cuts", async (t) => {
  const folder = tempFolder(t);
  await checkAsyncProperty(
    t,
    fc.asyncProperty(tables, fc.array(fc.nat(40), { maxLength: 3 }), async (table, cuts) => {
      if (table.columns.length === 0) return;
      const place = placed(folder, "a.parquet", await formatParquet(table));
      const read = await readWhole(parquetFormat, place, {});
      assertSame(read, withDtypesOf(read, table));
      assertSame(await readCut(parquetFormat, place, {}, cuts), read);
    }),
    40,
  );
});

/** Texts around the length from which on they lie elsewhere, many of them alike, some missing. */
const longTexts = fc
  .array(
    fc.oneof(
      fc.constantFrom("", "exactly 12 by", "exactly 12 b", "a city of many letters", null),
      fc.string({ minLength: 0, maxLength: 40 }),
      fc.integer({ min: 0, max: 6_000 }).map((length) => "ü".repeat(length / 2)),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((texts) => texts.map((text) => text?.replaceAll("\0", "") ?? null));

test("texts of any length are read as they were written, over several vectors", async (t) => {
  const folder = tempFolder(t);
  await checkAsyncProperty(
    t,
    fc.asyncProperty(longTexts, fc.integer({ min: 1, max: 5_000 }), async (texts, rows) => {
      const values = Array.from({ length: rows }, (_, row) => {
        const text = texts[(row * 7) % texts.length] ?? null;
        return row % 3 === 0 && text !== null ? `${text}${row}` : text;
      });
      const table = makeTable([textColumn("t", values), numericColumn("n", new Int8Array(rows))]);
      const place = placed(folder, "a.parquet", await formatParquet(table, "zstd"));
      assertSame(await readWhole(parquetFormat, place, {}), table);
      assertSame(await readCut(parquetFormat, place, {}, [rows >> 1]), table);
    }),
    15,
  );
});

test("every type that has a counterpart is read: decimals as floats, times as whole numbers", async (t) => {
  const place = await madeBy(
    t,
    `SELECT (-128)::TINYINT AS i1, 255::UTINYINT AS u1, (-32768)::SMALLINT AS i2,
      65535::USMALLINT AS u2, (-2147483648)::INTEGER AS i4, 4294967295::UINTEGER AS u4,
      (-9223372036854775808)::BIGINT AS i8, 18446744073709551615::UBIGINT AS u8, true AS b,
      0.1::FLOAT AS f4, 0.1::DOUBLE AS f8, 12345.678::DECIMAL(12, 3) AS dec, 0.5::DECIMAL(38, 20) AS wide,
      DATE '1969-12-31' AS day, TIME '00:00:01.5' AS clock, TIMESTAMP '1970-01-01 00:00:02.000003' AS us,
      TIMESTAMP_NS '1970-01-01 00:00:00.000000004' AS ns, TIMESTAMPTZ '1970-01-01 00:00:01+00' AS tz,
      'größe' AS t, 'x'::ENUM('w', 'x') AS e, '\\xAB\\x00'::BLOB AS raw,
      '00000000-0000-0000-0000-00000000000a'::UUID AS id, NULL::BIGINT AS none`,
  );
  const table = await readWhole(parquetFormat, place, {});
  const found = table.columns.map((column) => [column.name, column.dtype, valueAt(column, 0)]);
  assert.deepEqual(found, [
    ...[
      ["i1", "|i1", -128],
      ["u1", "|u1", 255],
      ["i2", "<i2", -32768],
      ["u2", "<u2", 65535],
    ],
    ...[
      ["i4", "<i4", -(2 ** 31)],
      ["u4", "<u4", 2 ** 32 - 1],
    ],
    ...[
      ["i8", "<i8", -(2n ** 63n)],
      ["u8", "<u8", 2n ** 64n - 1n],
      ["b", "|b1", true],
    ],
    ...[
      ["f4", "<f4", Math.fround(0.1)],
      ["f8", "<f8", 0.1],
    ],
    ...[
      ["dec", "<f8", 12345.678],
      ["wide", "<f8", 0.5],
    ],
    ...[
      ["day", "<i4", -1],
      ["clock", "<i8", 1_500_000n],
      ["us", "<i8", 2_000_003n],
    ],
    ...[
      ["ns", "<i8", 4n],
      ["tz", "<i8", 1_000_000n],
    ],
    ...[
      ["t", "O", "größe"],
      ["e", "O", "x"],
      ["raw", "|S2", "\xab\0"],
    ],
    ...[
      ["id", "O", "00000000-0000-0000-0000-00000000000a"],
      ["none", "<i8", null],
    ],
  ]);
});

test("a type without a counterpart is refused by its column, and can be left out", async (t) => {
  const place = await madeBy(t, "SELECT 1 AS n, [1, 2] AS xs, {'a': 1} AS s, INTERVAL 1 DAY AS d");
  const refused = await readOrRefuse(parquetFormat, place, {});
  assert.ok(!("rows" in refused));
  assert.match(refused.message, /column "xs" has the type INTEGER\[\], which has no counterpart/);
  assert.match(refused.fix ?? "", /name the columns that are wanted/);
  const some = await readWhole(parquetFormat, place, { columns: ["n"] });
  assert.deepEqual(tableToJson(some), { rows: 1, columns: { n: { dtype: "<i4", values: [1] } } });
});

test("columns are given in the order they are asked in; an unknown one is told", async (t) => {
  const place = await madeBy(t, `SELECT 1 AS one, 2 AS "two words", 3 AS "it's ""3""", 4 AS größe`);
  const columns = [`it's "3"`, "größe", "one"];
  assert.deepEqual((await readWhole(parquetFormat, place, { columns })).names, columns);
  await assert.rejects(readWhole(parquetFormat, place, { columns: ["ones"] }), {
    code: "RTL_COLUMN_UNKNOWN",
    message: 'file made.parquet has no column "ones"',
    fix: 'did you mean "one"?',
  });
});

test("three million flights are counted, summed, and the same in chunks as whole", async () => {
  const place = { path: "flights-3m.parquet", files: filesOf(dirname(flights)) };
  const sums = (table: Table): number[] =>
    ["delay", "distance"].map((name) => {
      const column = table.column(name);
      assert.ok(column.kind === "numeric");
      return toFloat64(column).reduce((sum, value) => sum + value, 0);
    });
  const extent = await parquetFormat.inspect(place.path, place.files, {});
  assert.deepEqual([extent.unit, extent.units, extent.unitsMin], ["rows", 3_000_000, 122_880]);
  const whole = await parquetFormat.read(place.path, place.files, {}, extent, undefined);
  assert.deepEqual(whole.names, ["date", "delay", "distance", "origin", "destination"]);
  assert.deepEqual([whole.rows, ...sums(whole)], [3_000_000, 19_989_217, 2_194_871_124]);
  const parts: number[][] = [];
  for (let start = 0; start < 3_000_000; start += 700_001) {
    const range = { start, end: Math.min(3_000_000, start + 700_001) };
    const part = await parquetFormat.read(place.path, place.files, {}, extent, range);
    for (const { name } of part.columns) {
      for (const row of [0, 1, 2_047, 2_048, part.rows - 1]) {
        const [one, other] = [part.column(name), whole.column(name)];
        assert.equal(valueAt(one, row), valueAt(other, start + row), `${name}, row ${start + row}`);
      }
    }
    parts.push([part.rows, ...sums(part)]);
  }
  const total = [0, 1, 2].map((at) => parts.reduce((sum, part) => sum + (part[at] ?? 0), 0));
  assert.deepEqual(total, [3_000_000, 19_989_217, 2_194_871_124]);
});

test("bytes have the width of the widest in the file, in every chunk", async (t) => {
  const place = await madeBy(
    t,
    "SELECT CASE WHEN i = 7 THEN encode('abcdefghijklmnop') ELSE encode('ab') END AS raw FROM range(10) r(i)",
  );
  const whole = await readWhole(parquetFormat, place, {});
  assert.equal(whole.column("raw").dtype, "|S16");
  assertSame(await readCut(parquetFormat, place, {}, [3, 9]), whole);
});

test("a column of the name that DuckDB gives to row numbers does not hinder ranges", async (t) => {
  const place = await madeBy(t, "SELECT i AS File_Row_Number, i * 2 AS n FROM range(5000) r(i)");
  const whole = await readWhole(parquetFormat, place, {});
  assert.equal(whole.rows, 5000);
  assertSame(await readCut(parquetFormat, place, {}, [17, 4097]), whole);
});

test("names of files and folders stand for themselves, whatever is in them", async (t) => {
  const folder = tempFolder(t);
  const bytes = await formatParquet(makeTable([numericColumn("n", Int32Array.of(1))]));
  mkdirSync(join(folder, "year=2020"));
  for (const name of ["a*b", "a?b", "a[1]b", "it's", '"q"', "{x,y}", "~", "year=2020/b", "ü"]) {
    const place = placed(folder, `${name}.parquet`, bytes);
    // Would be found by the patterns that the names look like.
    copyFileSync(join(folder, place.path), join(folder, "axb.parquet"));
    const table = await readWhole(parquetFormat, place, {});
    assert.deepEqual([table.rows, table.names], [1, ["n"]], name);
  }
});

const utf8 = (bytes: number[]): Column => {
  const offsets = Int32Array.of(0, 1, bytes.length);
  return { ...textColumn("t", ["", ""]), offsets, bytes: Uint8Array.from(bytes) };
};

test("what Parquet cannot hold is refused with the reason", async () => {
  const one = Int8Array.of(1, 2);
  const cases: [Column[], RegExp][] = [
    [[], /without columns/],
    [[numericColumn("", one)], /a name for every column/],
    [[numericColumn("a", one), numericColumn("A", one)], /columns "a" and "A" .* differ in case/],
    [[utf8([0x61, 0xff])], /the text of column "t" is no UTF-8/],
    [[utf8([0xc3, 0xa4])], /the text of column "t" is no UTF-8/],
  ];
  for (const [columns, message] of cases) {
    await assert.rejects(formatParquet(makeTable(columns)), { code: "RTL_TABLE_INVALID", message });
  }
});

test("other programs read what is written, whatever its compression", async (t) => {
  const folder = tempFolder(t);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const table = makeTable([
    numericColumn("n", BigInt64Array.of(2n ** 60n, -1n), { validity: Uint8Array.of(1) }),
    textColumn("a text", ["short", "rather a longer text"], "<U20"),
  ]);
  for (const compression of ["none", "snappy", "zstd", "gzip"] as const) {
    placed(folder, "a.parquet", await formatParquet(table, compression));
    const path = `'${folder}/a.parquet'`;
    const rows = await connection.runAndReadAll(`SELECT * FROM ${path}`);
    assert.deepEqual(rows.getRowObjects(), [
      { n: 2n ** 60n, "a text": "short" },
      { n: null, "a text": "rather a longer text" },
    ]);
    const codec = await connection.runAndReadAll(
      `SELECT DISTINCT compression FROM parquet_metadata(${path})`,
    );
    const wanted = compression === "none" ? "UNCOMPRESSED" : compression.toUpperCase();
    assert.deepEqual(codec.getRows(), [[wanted]]);
  }
  connection.closeSync();
  instance.closeSync();
});

test("files that are none are refused by the name that was asked", async (t) => {
  const folder = tempFolder(t);
  const place = placed(folder, "a.parquet", [Buffer.from("a,b\n1,2\n3,4\n5,6\n")]);
  const refused = await readOrRefuse(parquetFormat, place, {});
  assert.ok(!("rows" in refused));
  assert.match(refused.message, /^file a\.parquet: /);
  assert.ok(!refused.message.includes(folder), refused.message);
  await assert.rejects(readWhole(parquetFormat, { ...place, path: "none.parquet" }, {}), {
    code: "RTL_FILE_MISSING",
  });
});

test("damaged files give a table or a clear error, never a crash", async (t) => {
  const folder = tempFolder(t);
  const table = makeTable([
    numericColumn("n", BigInt64Array.of(1n, 2n, 3n), { validity: Uint8Array.of(5) }),
    textColumn("t", ["a", "a text of more than twelve bytes", null]),
    numericColumn("x", Float64Array.of(1, 2, 3)),
  ]);
  placed(folder, "whole.parquet", await formatParquet(table));
  const whole = readFileSync(join(folder, "whole.parquet"));
  await checkAsyncProperty(
    t,
    fc.asyncProperty(damages(whole), async (bytes) => {
      const place = placed(folder, "broken.parquet", [bytes]);
      const read: Table | RtlError = await readOrRefuse(parquetFormat, place, {});
      if ("rows" in read && read.rows < 1000) tableToJson(read);
    }),
    100,
  );
});
