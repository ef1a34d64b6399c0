import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  computeColumn,
  parseExpression,
  rowsWhere,
} from "../../../src/compute/expression/expression.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import {
  type Column,
  numericColumn,
  textColumn,
  type Value,
  valueAt,
} from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { BLOCK_ROWS } from "../../../src/table/kernels.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { columnDtypes, type Row, type Sample } from "../../support/expression-samples.ts";
import { expressions } from "../../support/expressions.ts";
import { checkProperty } from "../../support/properties.ts";
import { columns } from "../../support/tables.ts";

const valuesOf = (column: Column): Value[] =>
  Array.from({ length: column.length }, (_, row) => valueAt(column, row));
const compute = (text: string, table: Table): Column =>
  computeColumn(parseExpression(text), table, "result");
const valuesFor = (text: string, contents: unknown): Value[] =>
  valuesOf(compute(text, tableFromContents(contents)));

/** Tables with a column of each name, which the random expressions read. */
const sampleTables: fc.Arbitrary<Table> = fc
  .integer({ min: 0, max: 6 })
  .chain((rows) =>
    fc.tuple(...Object.entries(columnDtypes).map(([name, dtype]) => columns(name, dtype, rows))),
  )
  .map((made) => makeTable(made));

/** All but bare columns, which are copied instead of computed. */
const computed = (type: "int" | "float" | "bool" | "text") =>
  expressions[type].filter(({ text }) => text.length > 1);

const rowsOf = (table: Table): Row[] =>
  Array.from(
    { length: table.rows },
    (_, row) => new Map(table.columns.map((column) => [column.name, valueAt(column, row)])),
  );

const same = (a: Value | undefined, b: Value): boolean =>
  Object.is(a, b) || (typeof a === "number" && typeof b === "number" && a === b);

/** Holds the compiled expression against the value that each row must have. */
function compareWithOracle({ text, value }: Sample, table: Table, dtype: string): void {
  const expected = rowsOf(table).map(value);
  const beyond = expected.find((one) => typeof one === "bigint" && BigInt.asIntN(64, one) !== one);
  if (beyond !== undefined) {
    assert.throws(() => compute(text, table), {
      message: new RegExp(`: ${String(beyond).slice(0, 20)}.* is beyond int64`),
    });
    return;
  }
  const column = compute(text, table);
  const found = valuesOf(column);
  const row = expected.findIndex((one, place) => !same(found[place], one));
  assert.equal(row, -1, `${text}, row ${row}: ${String(found[row])}, not ${String(expected[row])}`);
  assert.equal(column.dtype, dtype, text);
}

for (const [type, dtype] of [
  ["int", "<i8"],
  ["float", "<f8"],
  ["bool", "|b1"],
  ["text", "O"],
] as const) {
  test(`any expression of type ${type} has in every row the value worked out by hand`, (t) => {
    checkProperty(
      t,
      fc.property(computed(type), sampleTables, (sample, table) =>
        compareWithOracle(sample, table, dtype),
      ),
      400,
    );
  });
}

test("a condition finds the rows where it is true", (t) => {
  checkProperty(
    t,
    fc.property(expressions.bool, sampleTables, ({ text, value }, table) => {
      const wanted = rowsOf(table).flatMap((row, number) => (value(row) === true ? [number] : []));
      assert.deepEqual([...rowsWhere(parseExpression(text), table)], wanted, text);
    }),
  );
});

test("whole numbers stay exact beyond 2^53, in blocks that need it and in those that do not", () => {
  const rows = 3 * BLOCK_ROWS + 5;
  const a = BigInt64Array.from({ length: rows }, (_, row) =>
    row === BLOCK_ROWS + 7 ? 2n ** 61n + 1n : BigInt(row),
  );
  const table = makeTable([numericColumn("a", a)]);
  const sums = compute("a + a - 1", table);
  assert.deepEqual(
    valuesOf(sums),
    [...a].map((value) => value + value - 1n),
  );
  const found = rowsWhere(parseExpression("a == 2305843009213693953 or a < 2"), table);
  assert.deepEqual([...found], [0, 1, BLOCK_ROWS + 7]);
  const texts = compute("if(a == 2305843009213693952, 'no', 'yes')", table);
  assert.deepEqual(new Set(valuesOf(texts)), new Set(["yes"]));
});

test("a whole number beyond int64 is refused with its row and value, unless the row has none", () => {
  const a = BigInt64Array.of(1n, 2n ** 62n);
  const table = makeTable([numericColumn("a", a)]);
  assert.throws(() => compute("a * 2", table), {
    code: "RTL_PARAMS_INVALID",
    message: /^at 1:3: row 1: 9223372036854775808 is beyond int64\n {2}a \* 2\n {4}\^$/,
  });
  const nulls = makeTable([numericColumn("a", a, { validity: Uint8Array.of(1) })]);
  assert.deepEqual(valuesOf(compute("a * 2", nulls)), [2n, null]);
  assert.deepEqual(valuesOf(compute("a * 2 - a * 2 + 5", table)), [5n, 5n]);
  assert.deepEqual(valuesOf(compute("a * 2.0", table)), [2, 2 ** 63]);
});

test("a bare column is copied with its dtype", () => {
  const table = makeTable([
    numericColumn("f", Float32Array.of(0.1)),
    textColumn("w", ["a"], "|S4"),
  ]);
  assert.equal(compute("f", table).dtype, "<f4");
  assert.equal(compute("(w)", table).dtype, "|S4");
  assert.equal(compute("f + 0", table).dtype, "<f8");
});

test("numbers follow numpy: halves round to even, remainders follow the divisor, powers of one", () => {
  const one = (text: string): Value => valuesFor(text, { a: [1] })[0] ?? null;
  assert.deepEqual(["round(0.5)", "round(1.5)", "round(-2.5)"].map(one), [0, 2, -2]);
  assert.deepEqual(["round(2.675, 2)", "round(1234.5, -2)"].map(one), [2.68, 1200]);
  assert.deepEqual(["-7 % 3", "7 % -3", "-7.5 % 2"].map(one), [2n, -2n, 0.5]);
  assert.deepEqual(["1.0 ** (0.0 / 0)", "(0.0 / 0) ** 0", "pow(2, 10)"].map(one), [1, 1, 1024]);
  assert.deepEqual(["7 / 2", "1 / 0", "hypot(3, 4)", "pi()"].map(one), [3.5, Infinity, 5, Math.PI]);
  assert.equal(one("7 % 0"), null);
});

test("a missing value is neither true nor false", () => {
  const contents = {
    a: [true, true, true, false, false, null, null],
    b: [true, false, null, false, null, true, null],
  };
  assert.deepEqual(valuesFor("a and b", contents), [true, false, null, false, false, null, null]);
  assert.deepEqual(valuesFor("a or b", contents), [true, true, true, false, null, true, null]);
  assert.deepEqual(valuesFor("not a", contents), [false, false, false, true, true, null, null]);
  assert.deepEqual(valuesFor("a ? 1 : 2", contents), [1n, 1n, 1n, 2n, 2n, 2n, 2n]);
});

test("membership is a comparison with each of the values", () => {
  const contents = { a: [1, 2, null], s: ["x", null, "z"] };
  assert.deepEqual(valuesFor("a in (2, 3)", contents), [false, true, null]);
  assert.deepEqual(valuesFor("s not in ('x', 'y')", contents), [false, null, true]);
});

test("times are told in UTC, also before 1970 and on leap days", () => {
  const times = [
    "1969-12-31T23:59:59.5Z",
    "2000-02-29T12:34:56Z",
    "1900-03-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
  ];
  const contents = { t: times.map((time) => Date.parse(time)) };
  assert.deepEqual(valuesFor("year(t)", contents), [1969n, 2000n, 1900n, 0n]);
  assert.deepEqual(valuesFor("month(t) * 100 + day(t)", contents), [1231n, 229n, 301n, 101n]);
  assert.deepEqual(valuesFor("(hour(t) * 100 + minute(t)) * 100 + second(t)", contents), [
    235959n,
    123456n,
    0n,
    0n,
  ]);
});

test("texts longer than any before are made without loss", () => {
  const contents = { s: ["é".repeat(5_000), "b", null] };
  const [long, short, missing] = valuesFor("concat(upper(s), '-', s, s, lower(s))", contents);
  assert.equal(long, `${"É".repeat(5_000)}-${"é".repeat(15_000)}`);
  assert.equal(short, "B-bbb");
  assert.equal(missing, null);
});

test("whatever is written, in any table, it is computed or refused with an RtlError", (t) => {
  const pieces = fc.constantFrom(
    ..."a `b c` constructor __proto__ toString ( ) ( ) + - * / % ** ! not and or in == < >= ? : , , 1 2.5 1e9".split(
      " ",
    ),
    ..."9223372036854775808 'x' \"y\" null true if( min( round( concat( isNull( length( substring( year( ` ' \\".split(
      " ",
    ),
  );
  const soup = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(" "));
  const table = makeTable([
    numericColumn("a", Float64Array.of(1, 2)),
    numericColumn("constructor", Int32Array.of(1, 2)),
    textColumn("__proto__", ["x", null]),
    textColumn("b c", ["x", "y"]),
  ]);
  const texts = fc.oneof(fc.string(), fc.string({ unit: "binary" }), {
    weight: 3,
    arbitrary: soup,
  });
  checkProperty(
    t,
    fc.property(texts, (text) => {
      try {
        compute(text, table);
      } catch (error) {
        assert.ok(error instanceof RtlError, `${JSON.stringify(text)}: ${String(error)}`);
      }
    }),
    3_000,
  );
});

test("columns may have names that objects have, and names in backquotes", () => {
  const table = makeTable(
    ["constructor", "__proto__", "hasOwnProperty", "a`b c", "and"].map((name) =>
      numericColumn(name, Int32Array.of(2)),
    ),
  );
  const text = "constructor + __proto__ + hasOwnProperty + `a``b c` + `and`";
  assert.deepEqual(valuesOf(compute(text, table)), [10n]);
});
