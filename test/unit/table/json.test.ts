import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import fc from "fast-check";
import { numericColumn, textColumn } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { tableFromJson, tableToJson } from "../../../src/table/json.ts";
import { tableToText, toRecords } from "../../../src/table/print.ts";
import { makeTable } from "../../../src/table/table.ts";
import { checkProperty } from "../../support/properties.ts";
import { tables } from "../../support/tables.ts";

test("any table survives JSON as text", (t) => {
  checkProperty(
    t,
    fc.property(tables, (table) => {
      const json = tableToJson(table);
      const text = JSON.stringify(json);
      assert.deepEqual(tableToJson(tableFromJson(JSON.parse(text))), JSON.parse(text));
    }),
  );
});

test("NaN, infinities and integers beyond 2^53 are text in JSON, and exact again after it", () => {
  const table = makeTable([
    numericColumn("f", Float64Array.of(Number.NaN, Infinity, -Infinity)),
    numericColumn("i", BigInt64Array.of(2n ** 53n - 1n, 2n ** 53n, -(2n ** 63n))),
  ]);
  const json = tableToJson(table);
  assert.deepEqual(json.columns["f"]?.values, ["NaN", "Infinity", "-Infinity"]);
  assert.deepEqual(json.columns["i"]?.values, [
    9007199254740991,
    "9007199254740992",
    "-9223372036854775808",
  ]);
  assert.deepEqual(tableToJson(tableFromJson(json)), json);
});

test("column order survives names that look like list positions", () => {
  const table = makeTable([
    numericColumn("b", Float64Array.of(1)),
    numericColumn("1", Float64Array.of(2)),
    numericColumn("0", Float64Array.of(3)),
  ]);
  const again = tableFromJson(JSON.parse(JSON.stringify(tableToJson(table))));
  assert.deepEqual(again.names, ["b", "1", "0"]);
});

test("JSON that is no table is refused with the column and row of its fault", () => {
  const column = (dtype: string, ...values: unknown[]) => ({
    rows: values.length,
    columns: { a: { dtype, values } },
  });
  const faults: [unknown, RegExp][] = [
    [null, /as JSON is/],
    [{ rows: 1, columns: { a: [1] } }, /column "a" is not/],
    [column("<f9", 1), /unknown dtype "<f9"/],
    [column("<i8", 1, 1.5), /column "a", row 1: 1.5 does not fit dtype <i8/],
    [column("<i8", "9223372036854775808"), /row 0/],
    [column("|u1", 256), /row 0: 256/],
    [column("<f8", "1"), /row 0: "1"/],
    [column("<U2", "abc"), /row 0: "abc"/],
    [column("|S1", "日"), /row 0/],
    [column("O", 7), /row 0: 7/],
    [{ ...column("<i8", 1), rows: 2 }, /2 rows are expected/],
    [{ ...column("<i8", 1), order: ["b"] }, /does not name every column/],
  ];
  for (const [json, message] of faults) {
    assert.throws(() => tableFromJson(json), { code: "RTL_TABLE_INVALID", message });
  }
});

test("a table is made of whatever a user has at hand", () => {
  const dtypes = (contents: unknown) =>
    Object.fromEntries(tableFromContents(contents).columns.map(({ name, dtype }) => [name, dtype]));
  assert.deepEqual(dtypes(Float32Array.of(1)), { "1": "<f4" });
  assert.deepEqual(
    dtypes({ a: [1, 2], b: [1, 2.5], c: ["x", null], d: [true, false], e: [1n, 2n] }),
    {
      a: "<i8",
      b: "<f8",
      c: "O",
      d: "|b1",
      e: "<i8",
    },
  );
  assert.deepEqual(dtypes([{ a: 1 }, { a: null, b: "x" }]), { a: "<i8", b: "O" });
  assert.deepEqual(dtypes([1.5, 2]), { "1": "<f8" });
  assert.deepEqual(dtypes({ rows: 1, columns: { a: { dtype: "<U3", values: ["x"] } } }), {
    a: "<U3",
  });
  assert.deepEqual(dtypes(tableFromArrays({ a: Int32Array.of(1) })), { a: "<i4" });
  assert.deepEqual(dtypes([]), {});
  const table = makeTable([]);
  assert.equal(tableFromContents(table), table);
});

test("what is no table is refused by what it is", () => {
  for (const contents of [null, 7, "text", undefined, { a: 1 }, [1, { a: 1 }], { a: [1, "x"] }]) {
    assert.throws(() => tableFromContents(contents), { code: "RTL_TABLE_INVALID" });
  }
});

test("records hold what JSON can hold, up to the limit", () => {
  const table = tableFromContents({ a: [1, 2], t: ["x", null] });
  assert.deepEqual(toRecords(table, 1), [{ a: 1, t: "x" }]);
  assert.deepEqual(toRecords(table)[1], { a: 2, t: null });
});

test("a table as text shows its first and last rows, aligned, and how many there are", () => {
  const n = Float64Array.from({ length: 100 }, (_, i) => i);
  const table = makeTable([
    numericColumn("n", n),
    textColumn(
      "t",
      [...n].map((i) => `t${i}`),
    ),
  ]);
  assert.equal(
    tableToText(table, { maxRows: 3 }),
    [" n  t", " 0  t0", " 1  t1", " …  …", "99  t99", "(100 rows)"].join("\n"),
  );
});

test("control characters in a text never reach the terminal", () => {
  const text = tableToText(makeTable([textColumn("t", ["\u001b[31mred\u009b\n"])]));
  assert.equal(text, "t\n\\x1b[31mred\\x9b\\n\n(1 row)");
});
