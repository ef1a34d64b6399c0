import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCsv } from "../../../src/format/csv/csv.ts";
import { CsvFault } from "../../../src/format/csv/csv-faults.ts";
import type { FieldLayout } from "../../../src/format/records.ts";
import type { NumericArray } from "../../../src/table/column.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { checkProperty } from "../../support/properties.ts";

const COMMA = 44;
const fields: readonly FieldLayout[] = [
  { name: "i", dtype: "<i8" },
  { name: "x", dtype: "<f8" },
];
const parse = (text: string, layout = fields) => parseCsv(Buffer.from(text), layout, COMMA);
const values = (text: string, layout = fields) =>
  Object.values(tableToJson(parse(text, layout)).columns).map((column) => column.values);
const faultOf = (text: string, layout = fields): CsvFault => {
  try {
    parse(text, layout);
  } catch (error) {
    if (error instanceof CsvFault) return error;
    throw error;
  }
  return assert.fail("it was read without a fault");
};

test("any floats and integers are read exactly as the language reads them", (t) => {
  const row = fc.tuple(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.double());
  const short = fc.tuple(fc.bigInt(-(10n ** 16n), 10n ** 16n), fc.integer({ min: -1e9, max: 1e9 }));
  const rows = fc.array(
    fc.oneof(
      row,
      short.map(([i, n]): [bigint, number] => [i, n / 1000]),
    ),
    { minLength: 1 },
  );
  const ends = fc.constantFrom("\n", "\r\n");
  checkProperty(
    t,
    fc.property(rows, ends, fc.boolean(), (all, end, endsWell) => {
      const text = all.map(([i, x]) => `${i},${floatText(x)}`).join(end) + (endsWell ? end : "");
      const table = parse(text);
      assert.equal(table.rows, all.length);
      const [whole, float] = table.columns.map((column) =>
        column.kind === "numeric" ? [...(column.values as Iterable<NumericArray[number]>)] : [],
      );
      assert.deepEqual(
        whole,
        all.map(([i]) => i),
      );
      assert.deepEqual(
        float,
        all.map(([, x]) => Number(floatText(x).replace("inf", "Infinity"))),
      );
    }),
    500,
  );
});
const floatText = (x: number): string => String(x).replace("Infinity", "inf");

test("signs, blanks, points at either end and exponents are read", () => {
  assert.deepEqual(values(" -7 , +1.5 \n+8,-.5\n0,5.\n-0,1e-3\n1,1E300\n2,-0.0"), [
    [-7, 8, 0, 0, 1, 2],
    [1.5, -0.5, 5, 0.001, 1e300, -0],
  ]);
  assert.deepEqual(values("1,nan\n2,-INF\n3,Infinity"), [
    [1, 2, 3],
    ["NaN", "-Infinity", "Infinity"],
  ]);
});

test("a million bytes of rows beyond the first guess are all read", () => {
  const text = `${"1000000,1000000.5\n".repeat(4000)}${"1,2\n".repeat(100_000)}`;
  const table = parse(text);
  assert.equal(table.rows, 104_000);
});

test("other dtypes are read within their ranges", () => {
  const layout: FieldLayout[] = [
    { name: "a", dtype: "|i1" },
    { name: "b", dtype: "<u8" },
    { name: "c", dtype: "|b1" },
    { name: "d", dtype: "<f4" },
  ];
  assert.deepEqual(values("-128,18446744073709551615,True,0.5\n127,0,0,nan\n", layout), [
    [-128, 127],
    ["18446744073709551615", 0],
    [true, false],
    [0.5, "NaN"],
  ]);
  assert.match(faultOf("128,0,0,0\n", layout).message, /"128" does not fit the dtype \|i1/);
  assert.match(faultOf("0,-1,0,0\n", layout).message, /does not fit the dtype <u8/);
  assert.match(faultOf("0,0,2,0\n", layout).message, /does not fit the dtype \|b1/);
});

test("text is cut to its width, in bytes or in letters", () => {
  const layout: FieldLayout[] = [
    { name: "u", dtype: "<U2" },
    { name: "o", dtype: "O" },
    { name: "s", dtype: "|S2" },
    { name: "n", dtype: "<i8" },
  ];
  assert.deepEqual(values("äöü, x ,abc,1\r\n,,,2", layout), [
    ["äö", ""],
    [" x ", ""],
    ["ab", ""],
    [1, 2],
  ]);
});

test("a byte string at the end of a line keeps the newline, as it always has", () => {
  const layout: FieldLayout[] = [{ name: "s", dtype: "|S4" }];
  assert.deepEqual(values("foo\nbarbaz\nx", layout), [["foo\n", "barb", "x"]]);
});

test("every fault names the line, and the field where there is one", () => {
  const cases: [string, number, number | undefined, RegExp][] = [
    ["1,2\n3,x\n", 4, 1, /"x" is no number/],
    ["1,2\n3.5,1\n", 4, 0, /"3.5" is no whole number \(dtype <i8\)/],
    ["1,2\n\n3,4\n", 4, undefined, /blank/],
    ["1,2\n3\n", 4, undefined, /1 field instead of 2/],
    ["1,2,3\n", 0, undefined, /3 fields instead of 2/],
    ["1,\n", 0, 1, /there is no number/],
    ["9223372036854775808,1\n", 0, 0, /does not fit into 64 bits/],
    ["1,0x10", 0, 1, /"0x10" is no number/],
    ["1,2 3\n", 0, 1, /"2 3" is no number/],
  ];
  for (const [text, lineStart, field, message] of cases) {
    const fault = faultOf(text);
    assert.match(fault.message, message);
    assert.deepEqual([fault.lineStart, fault.field], [lineStart, field], text);
  }
});

test("a header line and another delimiter are recognised and said", () => {
  assert.match(faultOf("id,value\n1,2\n").fix ?? "", /header: remove it/);
  assert.match(faultOf("1;2\n").fix ?? "", /separated by ";": set delimiter/);
  assert.match(faultOf("1\t2\n").fix ?? "", /separated by "\\t"/);
});

test("no text makes the parser fail otherwise than by a fault", (t) => {
  const letters = fc.constantFrom(..."0123456789.,-+eE \r\n;xn\0é");
  checkProperty(
    t,
    fc.property(fc.string({ unit: letters, maxLength: 40 }), (text) => {
      try {
        parse(text);
      } catch (error) {
        assert.ok(error instanceof CsvFault, String(error));
      }
    }),
    2000,
  );
});
