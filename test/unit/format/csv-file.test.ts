import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../../src/table/column.ts";
import { tableToJson } from "../../../src/table/json.ts";
import open from "../../../tasks/open.ts";
import { memoryFiles } from "../../support/open-parts.ts";
import { tableOf } from "../../support/run-task.ts";

const tableOfText = (content: string | Uint8Array, params: object = {}) =>
  tableOf(open, { file: "x.csv", ...params }, undefined, {
    files: memoryFiles({ "x.csv": content }),
  });

/** Names, dtypes and values of a CSV text, column by column. */
async function columnsOf(content: string | Uint8Array, params: object = {}) {
  const table = await tableOfText(content, params);
  const { columns } = tableToJson(table);
  return table.names.map((name) => [name, columns[name]?.dtype, ...(columns[name]?.values ?? [])]);
}

const refused = (content: string | Uint8Array, params: object, message: RegExp, fix?: RegExp) =>
  assert.rejects(
    tableOfText(content, params),
    (error: { code: string; message: string; fix?: string }) => {
      assert.equal(error.code, "RTL_FILE_INVALID", error.message);
      assert.match(error.message, message);
      if (fix !== undefined) assert.match(error.fix ?? "", fix);
      return true;
    },
  );

test("types are guessed so that nothing that was seen is lost", async () => {
  const text = [
    "int,float,bool,text,code,date,long,mixed,none",
    "1,1.5,true,a,007,2001-12-31,9007199254740993,1,",
    "-2,3,False,b,12,2002-01-01,-9223372036854775808,x,",
  ].join("\n");
  assert.deepEqual(await columnsOf(text), [
    ["int", "<i8", 1, -2],
    ["float", "<f8", 1.5, 3],
    ["bool", "|b1", true, false],
    ["text", "O", "a", "b"],
    ["code", "O", "007", "12"],
    ["date", "O", "2001-12-31", "2002-01-01"],
    ["long", "<i8", "9007199254740993", "-9223372036854775808"],
    ["mixed", "O", "1", "x"],
    ["none", "O", null, null],
  ]);
  assert.deepEqual(await columnsOf("a,b,c\n1,9223372036854775808,true\nnan,1,0\n"), [
    ["a", "<f8", 1, "NaN"],
    ["b", "<u8", "9223372036854775808", 1],
    ["c", "O", "true", "0"],
  ]);
  assert.deepEqual(await columnsOf("a,b\n-1,18446744073709551616\n18446744073709551615,1\n"), [
    ["a", "O", "-1", "18446744073709551615"],
    ["b", "O", "18446744073709551616", "1"],
  ]);
});

test("given types come before guesses, in any words for dtypes", async () => {
  const types = { a: "text", b: "float32", c: "bool", d: "timestamp", e: "int16", f: "<U2" };
  assert.deepEqual(
    await columnsOf("a,b,c,d,e,f\n1,0.1,1,1970-01-02,7,abc\n2,-inf,0,,-1,\n", { types }),
    [
      ["a", "O", "1", "2"],
      ["b", "<f4", Math.fround(0.1), "-Infinity"],
      ["c", "|b1", true, false],
      ["d", "<i8", 86_400_000, null],
      ["e", "<i2", 7, -1],
      ["f", "<U2", "ab", null],
    ],
  );
});

test("a header is seen by what stands below it, or said", async () => {
  assert.deepEqual(await columnsOf("a,b\n1,x\n"), [
    ["a", "<i8", 1],
    ["b", "O", "x"],
  ]);
  assert.deepEqual(await columnsOf("1,x\n2,y\n"), [
    ["0", "<i8", 1, 2],
    ["1", "O", "x", "y"],
  ]);
  assert.deepEqual(await columnsOf("x,y\nz,y\n"), [
    ["0", "O", "x", "z"],
    ["1", "O", "y", "y"],
  ]);
  assert.deepEqual(await columnsOf("2001,2002\n1,2\n", { header: true }), [
    ["2001", "<i8", 1],
    ["2002", "<i8", 2],
  ]);
  assert.deepEqual(await columnsOf("a,b\n1,2\n", { header: false, types: { 0: "text" } }), [
    ["0", "O", "a", "1"],
    ["1", "O", "b", "2"],
  ]);
  assert.deepEqual(await columnsOf(" a ,,\n1,2,3\n"), [
    ["a", "<i8", 1],
    ["1", "<i8", 2],
    ["2", "<i8", 3],
  ]);
  assert.deepEqual(await columnsOf("1,2\n3,4\n", { names: ["x", "y"] }), [
    ["x", "<i8", 1, 3],
    ["y", "<i8", 2, 4],
  ]);
  assert.deepEqual(await columnsOf("a,b\n"), [
    ["a", "O"],
    ["b", "O"],
  ]);
});

test("the delimiter is found out, or said", async () => {
  const expected = [
    ["a", "<f8", 1.5, 2.5],
    ["b", "O", "x y", "z"],
  ];
  for (const delimiter of [",", ";", "\t", "|"]) {
    assert.deepEqual(await columnsOf("a,b\n1.5,x y\n2.5,z\n".replaceAll(",", delimiter)), expected);
  }
  assert.deepEqual(await columnsOf("1 2.5\n3 4.0\n"), [
    ["0", "<i8", 1, 3],
    ["1", "<f8", 2.5, 4],
  ]);
  assert.deepEqual(await columnsOf("a:b\n1:2\n", { delimiter: ":" }), [
    ["a", "<i8", 1],
    ["b", "<i8", 2],
  ]);
  assert.deepEqual(await columnsOf('t\n"a,b;c"\n"d,e,f"\n'), [["t", "O", "a,b;c", "d,e,f"]]);
});

test("quotes hold delimiters, line ends and doubled quotes; CRLF and blank lines do not count", async () => {
  const text = '\ufeffa,b\r\n"x,1","line\r\nend"\r\n\r\n"say ""hi""",\n"",""\nin"side," x"\n\n';
  assert.deepEqual(await columnsOf(text), [
    ["a", "O", "x,1", 'say "hi"', "", 'in"side'],
    ["b", "O", "line\r\nend", null, "", " x"],
  ]);
  assert.deepEqual(await columnsOf('"n","x"\n"1","2.5"\n"",""\n'), [
    ["n", "<i8", 1, null],
    ["x", "<f8", 2.5, null],
  ]);
  assert.deepEqual(await columnsOf("a;b\n'1;2';3\n", { quote: "'" }), [
    ["a", "O", "1;2"],
    ["b", "<i8", 3],
  ]);
  assert.deepEqual(await columnsOf('a,b\n"1,2"\n', { quote: null }), [
    ["a", "O", '"1'],
    ["b", "O", '2"'],
  ]);
});

test("given texts stand for rows without a value, also where they are numbers", async () => {
  const nulls = ["", "NA", "-999"];
  assert.deepEqual(await columnsOf("a,b,c\n1,NA,x\n-999,2.5,NA\n,-999,\n", { nulls }), [
    ["a", "<i8", 1, null, null],
    ["b", "<f8", null, 2.5, null],
    ["c", "O", "x", null, null],
  ]);
  assert.deepEqual(await columnsOf('a,b\n"NA",NA\n', { nulls }), [
    ["a", "O", "NA"],
    ["b", "O", null],
  ]);
  assert.deepEqual(await columnsOf("a,b\nx,\n", { nulls: [] }), [
    ["a", "O", "x"],
    ["b", "O", ""],
  ]);
});

test("lines that begin with a comment's mark are passed over, quotes in them too", async () => {
  const text = '# "made by\na,b\n#,"\n1,"x#\n#y"\n# end';
  assert.deepEqual(await columnsOf(text, { comment: "#" }), [
    ["a", "<i8", 1],
    ["b", "O", "x#\n#y"],
  ]);
});

test("wanted columns are read alone, by names and patterns, in the order given", async () => {
  const text = 'a,b1,b2,c\n1,"x\ny",2,bad\n3,z,4,"q""r"\n';
  assert.deepEqual(await columnsOf(text, { columns: ["b*", "a"], types: { c: "float64" } }), [
    ["b1", "O", "x\ny", "z"],
    ["b2", "<i8", 2, 4],
    ["a", "<i8", 1, 3],
  ]);
  await assert.rejects(tableOfText(text, { columns: ["b11"] }), {
    code: "RTL_COLUMN_UNKNOWN",
    fix: 'did you mean "b1"?',
  });
  await assert.rejects(tableOfText(text, { types: { d: "text" } }), { code: "RTL_COLUMN_UNKNOWN" });
});

test("every fault names file, line and column, and what to do", async () => {
  const types = { price: "float64", n: "int64" };
  const named = (rows: string) => `id,n,price\n${rows}`;
  await refused(
    named("1,2,3\n\n4,5,abc\n"),
    { types },
    /^file x\.csv, line 4, column 3 \(price\): "abc" is no number$/,
    /^set types: \{"price": text\}$/,
  );
  await refused(
    named("1,2.5,3\n"),
    { types },
    /^file x\.csv, line 2, column 2 \(n\): "2\.5" is no whole number \(dtype <i8\)$/,
    /\{"n": float64\}/,
  );
  await refused(
    named('"1\n",2,3\n4,5\n'),
    {},
    /^file x\.csv, line 4: the line has 2 fields instead of 3$/,
    /a field for id, n, price/,
  );
  await refused(named("1,2,3,4\n"), {}, /line 2: the line has 4 fields instead of 3$/);
  await refused(named('1,"2"x,3\n'), {}, /line 2, column 2 \(n\): there is text after the closing/);
  await refused(named('1,2,"3\n4,5,6\n'), {}, /line 2: a quote is never closed$/, /quote to null/);
  await refused(named("1,9223372036854775808,3\n"), { types }, /does not fit into 64 bits/, /text/);
  await refused(named("1,yes,3\n"), { types: { n: "bool" } }, /"yes" is no boolean/);
  await refused(named("1,soon,3\n"), { types: { n: "timestamp" } }, /"soon" is no date or time/);
  await refused("a,a\n1,2\n", {}, /two columns "a"/, /names/);
  await refused("a,b\n1,2\n", { names: ["x"] }, /1 names, but the first line has 2 fields/);
  await refused("", {}, /x\.csv: there is nothing in it/);
});

test("text that is no UTF-8 is told with its line; UTF-16 is told as such", async () => {
  const latin = Buffer.from("a,b\n1,x\n2,\xe9t\xe9\n3,z\n", "latin1");
  await refused(latin, {}, /^file x\.csv, line 3: the text is no UTF-8$/, /iconv/);
  assert.equal((await tableOfText(latin, { columns: ["a"] })).rows, 3);
  await refused(Buffer.from("\ufeffa,b\n1,2\n", "utf16le"), {}, /UTF-16/);
  // Both halves of a character are no text by themselves, although together they are.
  const halves = Buffer.from("a,b\nx\xc3,\xa9y\n", "latin1");
  await refused(halves, {}, /no UTF-8/);
});

test("marks that cannot be told apart are refused", async () => {
  for (const params of [
    { delimiter: "ab" },
    { delimiter: "1" },
    { comment: '"' },
    { quote: "xx" },
  ]) {
    await assert.rejects(tableOfText("a\n", params), { code: "RTL_PARAMS_INVALID" });
  }
  await assert.rejects(tableOfText("a\n", { quote: ";", delimiter: ";" }), {
    code: "RTL_PARAMS_INVALID",
  });
});

test("hundreds of columns are read like few", async () => {
  const width = 600;
  const line = (row: number) =>
    Array.from({ length: width }, (_, i) =>
      i % 3 === 2 ? `"t,${row}"` : String(i * row + 0.5),
    ).join();
  const names = Array.from({ length: width }, (_, i) => `c${i}`).join();
  const table = await tableOfText(`${names}\n${line(1)}\n\n${line(2)}\n`);
  assert.equal(table.columns.length, width);
  const json = tableToJson(table).columns;
  const values = (name: string): readonly Value[] => json[name]?.values ?? [];
  assert.deepEqual(values("c599"), ["t,1", "t,2"]);
  assert.deepEqual(values("c598"), [598.5, 1196.5]);
});
