import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { formatCsv } from "../../../src/format/csv/csv-write.ts";
import { formatMeta } from "../../../src/format/records.ts";
import { formatJsonLines } from "../../../src/format/text/json-lines-write.ts";
import { type Column, countNulls } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { encodeTable } from "../../../src/table/ipc.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { sliceRows } from "../../../src/table/table.ts";
import type { TaskFiles } from "../../../src/task/context.ts";
import open from "../../../tasks/open.ts";
import { checkEach } from "../../support/check-each.ts";
import { measured, memoryFiles, openedJoined } from "../../support/open-parts.ts";
import { filesOf, tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";

/** Names, dtypes and values of what is opened, column by column. */
async function columnsOf(params: object, files: TaskFiles) {
  const table = await tableOf(open, params, undefined, { files });
  const { columns } = tableToJson(table);
  return table.names.map((name) => [name, columns[name]?.dtype, ...(columns[name]?.values ?? [])]);
}

test("types are guessed over all files, and columns are matched by name", async () => {
  const files = memoryFiles({
    "d/1.csv": "n,x,t,none\n1,1,5,\n",
    "d/2.csv": "t,n,none,x\nabc,2,,2.5\n",
    "d/3.csv": "",
    "d/4.csv": "n,x,t,none\n",
  });
  assert.deepEqual(await columnsOf({ file: "d/*.csv" }, files), [
    ["n", "<i8", 1, 2],
    ["x", "<f8", 1, 2.5],
    ["t", "O", "5", "abc"],
    ["none", "O", null, null],
  ]);
  assert.deepEqual(await columnsOf({ file: ["d/2.csv", "d/1.csv", "d/2.csv"] }, files), [
    ["t", "O", "abc", "5"],
    ["n", "<i8", 2, 1],
    ["none", "O", null, null],
    ["x", "<f8", 2.5, 1],
  ]);
});

test("columns that not all files have are refused with both files, or filled in a union", async () => {
  const files = memoryFiles({
    "1.csv": "a,b\n1,x\n",
    "2.csv": "a,c\n2,0.5\n",
    "3.arrow": encodeTable(
      sliceRows(
        await tableOf(open, { file: "y.csv" }, undefined, {
          files: memoryFiles({ "y.csv": "c,d\n7,true\n" }),
        }),
        0,
        1,
      ),
    ),
  });
  await assert.rejects(columnsOf({ file: "*" }, files), {
    code: "RTL_FILE_INVALID",
    message: 'file 1.csv has no column "c", which file 2.csv has',
    fix: /union: true/,
  });
  assert.deepEqual(await columnsOf({ file: "*", union: true }, files), [
    ["a", "<i8", 1, 2, null],
    ["b", "O", "x", null, null],
    ["c", "<f8", null, 0.5, 7],
    ["d", "|b1", null, null, true],
  ]);
  assert.deepEqual(await columnsOf({ file: "?.csv", columns: ["a"] }, files), [["a", "<i8", 1, 2]]);
  assert.deepEqual(await columnsOf({ file: "*", columns: ["d", "c"], union: true }, files), [
    ["d", "|b1", null, null, true],
    ["c", "<f8", null, 0.5, 7],
  ]);
});

test("files of several formats are one table, cut anywhere", async (t) => {
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });
  const one = tables.filter(({ columns, rows }) => columns.length > 1 && rows > 0);
  await checkEach(
    t,
    fc.tuple(one, shares, fc.nat(40), fc.nat(40)),
    150,
    async ([table, ends, i, j]) => {
      const [low, high] = i < j ? [i, j] : [j, i];
      const pieces = [
        [0, low],
        [low, high],
        [high, table.rows],
      ].map(([start = 0, end = 0]) => sliceRows(table, start, end));
      const [first = table, second = table, third = table] = pieces;
      const files = memoryFiles({
        "1.csv": Buffer.concat(formatCsv(first)),
        "2.arrow": encodeTable(second),
        "3.jsonl": Buffer.concat(formatJsonLines(third)),
      });
      const types = Object.fromEntries(table.columns.map(({ name, dtype }) => [name, dtype]));
      const params = { file: "*", types, header: true };
      const whole = await tableOf(open, params, undefined, { files });
      assert.equal(tableDifference(whole, table), undefined);
      assert.equal(tableDifference(await openedJoined(params, files, ends), table), undefined);
    },
  );
});

test("typed files of several dtypes are read as the one that holds all their values", async () => {
  const layout = (dtype: "<i2" | "|u1" | "<f4" | "<i8") => formatMeta([{ name: "v", dtype }]);
  const files = memoryFiles({
    "a.dat": Buffer.from(Int16Array.of(-300).buffer),
    "a.meta": layout("<i2"),
    "b.dat": Uint8Array.of(200),
    "b.meta": layout("|u1"),
    "c.dat": Buffer.from(Float32Array.of(0.5).buffer),
    "c.meta": layout("<f4"),
    "d.csv": "v\nx\n",
  });
  assert.deepEqual(await columnsOf({ file: ["a.dat", "b.dat"] }, files), [["v", "<i2", -300, 200]]);
  assert.deepEqual(await columnsOf({ file: "?.dat" }, files), [["v", "<f8", -300, 200, 0.5]]);
  assert.deepEqual(await columnsOf({ file: ["a.dat", "c.dat", "d.csv"] }, files), [
    ["v", "O", "-300", "0.5", "x"],
  ]);
  assert.deepEqual(await columnsOf({ file: "a.dat", types: { v: "int64" } }, files), [
    ["v", "<i8", -300],
  ]);
  await assert.rejects(columnsOf({ file: "a.dat", types: { v: "uint8" } }, files), {
    code: "RTL_FILE_INVALID",
    message: 'file a.dat: column "v" is <i2 and cannot be read as |u1',
  });
});

test("files that can be cut by rows are, and with one that cannot all are cut by bytes", async () => {
  const files = memoryFiles({
    "a.dat": new Uint8Array(60),
    "a.meta": formatMeta([{ name: "v", dtype: "<i4" }]),
    "b.csv": "v\n1\n2\n",
  });
  const { unit, units } = await measured({ file: "a.dat" }, files);
  assert.deepEqual([unit, units], ["rows", 15]);
  const mixed = await measured({ file: "*" }, files);
  assert.deepEqual([mixed.unit, mixed.units], ["bytes", 66]);
});

test("a file that changes between measuring and reading is refused", async () => {
  const { detail, units } = await measured({ file: "a.csv" }, memoryFiles({ "a.csv": "a\n1\n" }));
  const files = memoryFiles({ "a.csv": "a\n1\n2\n" });
  const around = { files, detail, range: { start: 0, end: units } };
  await assert.rejects(tableOf(open, { file: "a.csv" }, undefined, around), {
    code: "RTL_FILE_INVALID",
    message:
      "file a.csv changed while it was read: it had 4 bytes when it was looked at and has 6 now",
  });
});

test("every part sees the files and the types that were measured, whatever comes later", async () => {
  const before = { "a.csv": "a\n1\n", "b.csv": "a\n2.5\n" };
  const { detail, units } = await measured({ file: "*.csv" }, memoryFiles(before));
  const files = memoryFiles({ ...before, "c.csv": "a\nx\n" });
  const around = { files, detail, range: { start: 0, end: 4 } };
  const first = await tableOf(open, { file: "*.csv" }, undefined, around);
  assert.deepEqual(tableToJson(first).columns, { a: { dtype: "<f8", values: [1] } });
  const none = { files, detail, range: { start: units, end: units } };
  const nothing = await tableOf(open, { file: "*.csv" }, undefined, none);
  assert.deepEqual(tableToJson(nothing).columns, { a: { dtype: "<f8", values: [] } });
});

test("what a thousand files leave for every part is small enough to travel", async () => {
  const contents = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`data/part-${i}.csv`, `id,name,value\n${i},x,0.5\n`]),
  );
  const files = memoryFiles(contents);
  const { detail } = await measured({ file: "data/*" }, files);
  assert.ok(JSON.stringify(detail).length < 200_000);
  assert.equal((await tableOf(open, { file: "data/*" }, undefined, { files, detail })).rows, 1000);
});

const data = dirname(createRequire(import.meta.url).resolve("vega-datasets/data/zipcodes.csv"));

/** Rows, dtype, sum and nulls of a numeric column of a file of the data sets. */
async function sumOf(file: string, name: string, params: object = {}) {
  const table = await tableOf(open, { file, ...params }, undefined, { files: filesOf(data) });
  const column: Column = table.column(name);
  assert.ok(column.kind === "numeric");
  let sum = 0;
  for (const value of column.values) sum += Number(value);
  return [
    table.rows,
    column.dtype,
    Math.round(sum * 1000) / 1000,
    countNulls(column.validity, column.length),
  ];
}

test("real files open with the types and the sums that pandas finds in them", async () => {
  assert.deepEqual(await sumOf("flights-airport.csv", "count"), [5366, "<i8", 7_009_728, 0]);
  assert.deepEqual(await sumOf("zipcodes.csv", "latitude"), [42_049, "<f8", 1_618_853.646, 0]);
  assert.deepEqual(await sumOf("co2-concentration.csv", "CO2"), [741, "<f8", 263_285.4, 0]);
  assert.deepEqual(await sumOf("unemployment.tsv", "rate"), [3218, "<f8", 289.347, 0]);
  const speed = "Speed IAS in knots";
  assert.deepEqual(await sumOf("birdstrikes.csv", speed), [10_000, "<i8", 1_099_926, 2836]);
  const date = { types: { Date: "timestamp" } };
  const days = await sumOf("co2-concentration.csv", "Date", date);
  assert.deepEqual(days, [741, "<i8", 453_421_584_000_000, 0]);
});

test("codes with zeros in front stay as they are, or become numbers where asked", async () => {
  const zip = await tableOf(open, { file: "zipcodes.csv" }, undefined, { files: filesOf(data) });
  assert.deepEqual(
    zip.columns.map(({ name, dtype }) => `${name} ${dtype}`),
    ["zip_code O", "latitude <f8", "longitude <f8", "city O", "state O", "county O"],
  );
  assert.equal(tableToJson(sliceRows(zip, 0, 1)).columns["zip_code"]?.values[0], "00501");
  const types = { zip_code: "int32" };
  const sum = await sumOf("zipcodes.csv", "zip_code", { types });
  assert.deepEqual(sum, [42_049, "<i4", 2_081_193_421, 0]);
});
