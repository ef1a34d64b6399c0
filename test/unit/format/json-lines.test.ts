import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatJsonLines } from "../../../src/format/text/json-lines-write.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { concatenate } from "../../../src/table/table.ts";
import open from "../../../tasks/open.ts";
import { checkEach } from "../../support/check-each.ts";
import { memoryFiles, openedInParts, openedJoined } from "../../support/open-parts.ts";
import { tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";

const tableOfText = (content: string, params: object = {}) =>
  tableOf(open, { file: "x.jsonl", ...params }, undefined, {
    files: memoryFiles({ "x.jsonl": content }),
  });

async function columnsOf(content: string, params: object = {}) {
  const table = await tableOfText(content, params);
  const { columns } = tableToJson(table);
  return table.names.map((name) => [name, columns[name]?.dtype, ...(columns[name]?.values ?? [])]);
}

test("types are guessed as in csv; a key that a line lacks has no value", async () => {
  const text = [
    '{"i": 1, "x": 1.0, "b": true, "t": "a\\n\\u00e9\\"", "n": null}',
    "",
    '{"x":2,"i":9007199254740993,"t":"","b":false}\r',
    ' { "new" : "x" , "i" : -5 } ',
  ].join("\n");
  assert.deepEqual(await columnsOf(text), [
    ["i", "<i8", 1, "9007199254740993", -5],
    ["x", "<f8", 1, 2, null],
    ["b", "|b1", true, false, null],
    ["t", "O", 'a\né"', "", null],
    ["n", "O", null, null, null],
    ["new", "O", null, null, "x"],
  ]);
});

test("numbers that JSON does not have are read from words, as text and as Python writes them", async () => {
  assert.deepEqual(
    await columnsOf('{"a":"NaN","b":NaN}\n{"a":"-Infinity","b":-Infinity}\n{"a":1}'),
    [
      ["a", "<f8", "NaN", "-Infinity", 1],
      ["b", "<f8", "NaN", "-Infinity", null],
    ],
  );
});

test("objects and lists inside a line stay JSON text; mixed columns are text as it stands", async () => {
  assert.deepEqual(await columnsOf('{"o":{"a":[1,"}"]},"m":1}\n{"o":[1, 2],"m":"x"}\n{"m":1.50}'), [
    ["o", "O", '{"a":[1,"}"]}', "[1, 2]", null],
    ["m", "O", "1", "x", "1.50"],
  ]);
});

test("the last value of a key that comes twice counts, and keys may be written in any way", async () => {
  assert.deepEqual(await columnsOf('{"a":"x","a":"yz"}\n{"\\u0061":"w"}\n{"a":null,"a":"v"}'), [
    ["a", "O", "yz", "w", "v"],
  ]);
  assert.deepEqual(await columnsOf('{"__proto__":1,"b":"u"}\n{"b":"v","__proto__":2}'), [
    ["__proto__", "<i8", 1, 2],
    ["b", "O", "u", "v"],
  ]);
});

test("given types come before guesses, and name keys that were not seen", async () => {
  assert.deepEqual(
    await columnsOf('{"a":1,"d":"1970-01-01T00:00:01Z"}\n', {
      types: { a: "text", d: "timestamp", later: "int64" },
    }),
    [
      ["a", "O", "1"],
      ["d", "<i8", 1000],
      ["later", "<i8", null],
    ],
  );
});

test("every fault names file, line and key, and what to do", async () => {
  const cases: [string, object, RegExp, RegExp?][] = [
    ['{"a":1}\n\n{"a":"x"}', { types: { a: "int64" } }, /line 3, key "a": "x" is no whole number/],
    ['{"a":1.5}', { types: { a: "int64" } }, /line 1, key "a": "1.5" is no/, /\{"a": float64\}/],
    ['{"a":[1]}', { types: { a: "float64" } }, /line 1, key "a": "\[1\]" is no number/],
    [
      "[1,2]",
      { types: { a: "text" } },
      /line 1: there is a list instead of an object/,
      /one object/,
    ],
    ['{"a":1}\n{"a":1', {}, /line 2: this is no JSON object: it breaks at its end/],
    ['{"a":1}x', {}, /line 1: there is text after the object/],
    ['{"a" 1}\n{"a":1}', {}, /line 1: this is no JSON object: it breaks at "1}"/],
    ['{"a":1,}\n{"a":1}', {}, /line 1: this is no JSON object/],
    ['{"a":tru}', {}, /line 1, key "a": "tru" is no JSON value/],
    ['{"a":"\\x"}', {}, /line 1: this is no JSON object/],
    ['{"a":1-2}\n{"a":"x"}', { types: { a: "text" } }, /line 1, key "a": "1-2" is no JSON value/],
  ];
  for (const [text, params, message, fix] of cases) {
    await assert.rejects(
      tableOfText(text, params),
      (error: { code: string; message: string; fix?: string }) => {
        assert.equal(error.code, "RTL_FILE_INVALID", `${text}: ${error.message}`);
        assert.match(error.message, /^file x\.jsonl, /);
        assert.match(error.message, message);
        if (fix !== undefined) assert.match(error.fix ?? "", fix);
        return true;
      },
    );
  }
});

test("a key that none of the lines had that were looked at is told with what to do", async () => {
  // Large enough that the place lies between the parts that are looked at.
  const lines = Array.from({ length: 400_000 }, (_, i) => `{"a":${i},"b":"text"}`);
  const expected = lines.length;
  lines[100_000] = '{"a":1,"b":"x","c":2}';
  const text = lines.join("\n");
  await assert.rejects(tableOfText(text), {
    code: "RTL_FILE_INVALID",
    message: /^file x\.jsonl, line 100001, key "c": this key is in none of the lines/,
    fix: /types: \{"c": text\}/,
  });
  const table = await tableOfText(text, { types: { c: "int64" } });
  assert.equal(table.rows, expected);
  assert.equal(tableToJson(table).columns["c"]?.values[100_000], 2);
  assert.deepEqual((await tableOfText(text, { columns: ["b"] })).names, ["b"]);
});

test("what is written is read back as the same table, in one piece and in parts", async (t) => {
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
  await checkEach(t, fc.tuple(tables, shares), 300, async ([table, ends]) => {
    if (table.columns.length === 0) return;
    const files = memoryFiles({ "x.jsonl": Buffer.concat(formatJsonLines(table)) });
    const types = Object.fromEntries(table.columns.map(({ name, dtype }) => [name, dtype]));
    const params = { file: "x.jsonl", types, columns: table.names };
    const whole = await tableOf(open, params, undefined, { files });
    assert.equal(tableDifference(whole, table), undefined);
    assert.equal(tableDifference(await openedJoined(params, files, ends), table), undefined);
    for (const line of Buffer.concat(formatJsonLines(table)).toString().split("\n")) {
      if (line !== "") JSON.parse(line);
    }
  });
});

test("files of several blocks are cut anywhere", async () => {
  const lines = Array.from({ length: 150_000 }, (_, i) => JSON.stringify({ i, text: `line ${i}` }));
  const files = memoryFiles({ "x.ndjson": lines.join("\r\n") });
  const whole = await tableOf(open, { file: "x.ndjson" }, undefined, { files });
  assert.equal(whole.rows, lines.length);
  const parts = await openedInParts({ file: "x.ndjson" }, files, [0.2, 0.21, 0.5, 0.9]);
  assert.equal(tableDifference(concatenate(parts), whole), undefined);
  assert.ok(parts.every(({ rows }) => rows > 0));
});
