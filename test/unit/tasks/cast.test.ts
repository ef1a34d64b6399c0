import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSpec } from "../../../src/protocol/document.ts";
import {
  type Column,
  isNumericDtype,
  type NumericArray,
  numericColumn,
  textColumn,
  type Value,
  valueAt,
} from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import type { TaskDefinition } from "../../../src/task/define-task.ts";
import { createLibrary } from "../../../src/task/library.ts";
import cast from "../../../tasks/cast.ts";
import limit from "../../../tasks/limit.ts";
import { checkChunked } from "../../support/chunked.ts";
import { runDocument } from "../../support/run-document.ts";
import { tableOf } from "../../support/run-task.ts";
import { dtypes } from "../../support/tables.ts";

const casted = async (column: Column, dtype: string, more = {}): Promise<Value[]> => {
  const params = { columns: { a: dtype }, ...more };
  const result = (await tableOf(cast, params, makeTable([column]))).column("a");
  return Array.from({ length: result.length }, (_, row) => valueAt(result, row));
};
const numbers = (values: NumericArray) => numericColumn("a", values);
const texts = (...values: (string | null)[]) => textColumn("a", values);

test("dtypes have plain names, and numpy's with or without byte order", async () => {
  const names = { float: "<f8", Int32: "<i4", i2: "<i2", "|u1": "|u1", boolean: "|b1", U3: "<U3" };
  for (const [name, dtype] of Object.entries(names)) {
    const table = makeTable([numbers(Int8Array.of(1))]);
    const result = await tableOf(cast, { columns: { a: name } }, table);
    assert.equal(result.column("a").dtype, dtype, name);
  }
  await assert.rejects(casted(numbers(Int8Array.of(1)), "flot"), {
    code: "RTL_PARAMS_INVALID",
    message: /columns\.a: give one of float64/,
  });
});

test("int64 is exact to and from every other dtype", async () => {
  const big = BigInt64Array.of(2n ** 62n + 1n, -(2n ** 63n), 5n);
  assert.deepEqual(await casted(numbers(big), "text"), [
    ...["4611686018427387905", "-9223372036854775808", "5"],
  ]);
  const back = texts("4611686018427387905", "-9223372036854775808", " +5 ");
  assert.deepEqual(await casted(back, "int64"), [...big]);
  assert.deepEqual(await casted(numbers(BigUint64Array.of(2n ** 63n - 1n)), "int64"), [
    2n ** 63n - 1n,
  ]);
  assert.deepEqual(await casted(numbers(Float64Array.of(2 ** 63, 0)), "uint64"), [2n ** 63n, 0n]);
  assert.deepEqual(await casted(numbers(Float64Array.of(-(2 ** 63), -1)), "int64"), [
    ...[-(2n ** 63n), -1n],
  ]);
});

test("a value that does not fit is refused with its row, or becomes null", async () => {
  const cases: [Column, string, number, string][] = [
    [numbers(Float64Array.of(1, 1.5)), "int32", 1, "1.5"],
    [numbers(Float64Array.of(Number.NaN)), "int64", 0, "NaN"],
    [numbers(Float64Array.of(2 ** 63)), "int64", 0, "9223372036854776000"],
    [numbers(Float64Array.of(1e300)), "float32", 0, "1e\\+300"],
    [numbers(Int32Array.of(255, 256)), "uint8", 1, "256"],
    [numbers(Int32Array.of(16777217)), "float32", 0, "16777217"],
    [numbers(BigInt64Array.of(1n, 2n ** 53n + 1n)), "float64", 1, "9007199254740993"],
    [numbers(BigInt64Array.of(-1n)), "uint64", 0, "-1"],
    [numbers(BigUint64Array.of(2n ** 63n)), "int64", 0, "9223372036854775808"],
    [numbers(Int8Array.of(0, 2)), "bool", 1, "2"],
    [texts("1", "x"), "float64", 1, '"x"'],
    [texts("1.0"), "int64", 0, '"1.0"'],
    [texts(""), "int64", 0, '""'],
    [texts("1e999"), "float64", 0, '"1e999"'],
    [texts("9223372036854775808"), "int64", 0, '"9223372036854775808"'],
    [texts("yes"), "bool", 0, '"yes"'],
    [texts("abc", "abcd"), "<U3", 1, '"abcd"'],
    [texts("\u20ac"), "|S3", 0, '"\u20ac"'],
    [numbers(Int16Array.of(-1000)), "<U4", 0, "-1000"],
  ];
  for (const [column, dtype, row, shown] of cases) {
    await assert.rejects(casted(column, dtype), {
      code: "RTL_TABLE_INVALID",
      message: new RegExp(`^cast: column "a", row ${row}: ${shown} does not fit dtype `),
    });
    assert.equal((await casted(column, dtype, { errors: "null" }))[row], null);
  }
});

test("a misfit of a later chunk is told by its row of the whole table, where that is known", async () => {
  const all = Array.from({ length: 40 }, (_, row) => String(row)).with(33, "x");
  const input = makeTable([texts(...all)]);
  const casting = { cast: { columns: { a: "int8" } } };
  const run = (...tasks: object[]) => {
    const only = { tasks, split: { chunks: 5 } };
    const spec = parseSpec({ version: 1, stages: { only } });
    return runDocument(spec, { library: createLibrary([cast, limit] as TaskDefinition[]), input });
  };
  await assert.rejects(run(casting), { message: /column "a", row 33: "x"/ });
  // Whatever went before in the same stage may have left out rows of other chunks.
  const twice = { cast: { columns: { a: "text" } } };
  await assert.rejects(run(twice, casting), { message: /column "a", row 1 of chunk 4: "x"/ });
  // What has seen all rows has one chunk.
  const first = { limit: { n: 40 } };
  await assert.rejects(run(first, casting), { message: /column "a", row 33: "x"/ });
});

test("a lossy cast cuts and rounds, but never leaves the range", async () => {
  const lossy = { lossy: true };
  assert.deepEqual(await casted(numbers(Float64Array.of(1.9, -1.9)), "int8", lossy), [1, -1]);
  assert.deepEqual(await casted(texts("1.9", "1e3"), "int64", lossy), [1n, 1000n]);
  const big = numbers(BigInt64Array.of(2n ** 53n + 1n));
  assert.deepEqual(await casted(big, "float64", lossy), [2 ** 53]);
  assert.deepEqual(await casted(numbers(Float64Array.of(-0.5, 0)), "bool", lossy), [true, false]);
  assert.deepEqual(await casted(texts("h\u00e9llo"), "<U2", lossy), ["h\u00e9"]);
  await assert.rejects(casted(numbers(Float64Array.of(300)), "uint8", lossy), /300 does not fit/);
  await assert.rejects(casted(numbers(Float64Array.of(Number.NaN)), "bool", lossy), /NaN/);
});

test("text is read as numbers of any usual form", async () => {
  const forms = texts(
    "1",
    " -2.50 ",
    "+.5",
    "1e-3",
    "nan",
    "-inf",
    "Infinity",
    "0.1",
    "123456789.123456789",
  );
  assert.deepEqual(await casted(forms, "float64"), [
    ...[1, -2.5, 0.5, 0.001, Number.NaN, -Infinity, Infinity, 0.1, 123456789.12345679],
  ]);
  assert.deepEqual(await casted(texts("true", "FALSE", "1", "0", null), "bool"), [
    ...[true, false, true, false, null],
  ]);
});

test("numbers are written in the fewest digits that give them back", async () => {
  const floats = numbers(Float64Array.of(0.1, -1.5e300, Number.NaN, 3));
  assert.deepEqual(await casted(floats, "text"), ["0.1", "-1.5e+300", "NaN", "3"]);
  const singles = numbers(Float32Array.of(0.1, 16777216, 1 / 3, -Infinity));
  assert.deepEqual(await casted(singles, "text"), ["0.1", "16777216", "0.33333334", "-Infinity"]);
  const flags = numericColumn("a", Uint8Array.of(1, 0), { dtype: "|b1" });
  assert.deepEqual(await casted(flags, "text"), ["true", "false"]);
});

test("a cast there and back gives the values back, and null where one did not fit", async (t) => {
  const all = ({ names }: Table, dtype: string) => Object.fromEntries(names.map((n) => [n, dtype]));
  await checkChunked(t, cast, {
    runs: 400,
    params: (table) =>
      table.names.length === 0
        ? fc.constant({ columns: { c0: "text" } })
        : fc.record({
            columns: dtypes.map((dtype) => all(table, dtype)),
            errors: fc.constantFrom("raise", "null"),
            lossy: fc.boolean(),
          }),
    check(result, table, { columns, errors, lossy }: Checked) {
      for (const { name, dtype, length } of table.columns) {
        const to = columns[name] ?? "";
        if (lossy || errors === "raise" || !isNumericDtype(to) || !isNumericDtype(dtype)) continue;
        for (let row = 0; row < length; row++) {
          const [was, is] = [valueAt(table.column(name), row), valueAt(result.column(name), row)];
          if (is === null || (to === "<f4" && dtype === "<f8")) continue;
          assert.ok(isSame(was, is), `${String(was)} became ${String(is)}`);
        }
      }
    },
  });
});
/** Numbers and bigints are ordered exactly; true is 1. */
function isSame(a: Value, b: Value): boolean {
  const [left, right] = [a, b].map((one) => (typeof one === "boolean" ? Number(one) : one));
  if (left === undefined || right === undefined || left === null || right === null) return false;
  return (left <= right && left >= right) || (Number.isNaN(left) && Number.isNaN(right));
}

interface Checked {
  readonly columns: Readonly<Record<string, string>>;
  readonly errors: string;
  readonly lossy: boolean;
}
