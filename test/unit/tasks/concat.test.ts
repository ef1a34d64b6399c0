import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, textColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { concatenate, makeTable, sliceRows, type Table } from "../../../src/table/table.ts";
import concat from "../../../tasks/concat.ts";
import { drawn } from "../../support/row-order.ts";
import { tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";

const joined = (...inputs: readonly Table[]): Promise<Table> =>
  tableOf(concat, {}, inputs[0], { inputs });
const valuesOf = (table: Table, name: string): Value[] =>
  Array.from({ length: table.rows }, (_, row) => valueAt(table.column(name), row));

test("columns go by name, and what a table lacks has no value", async () => {
  const spring = tableFromContents({ a: [1, 2], t: ["x", "y"] });
  const summer = tableFromContents({ t: ["z"], f: [1.5] });
  const all = await joined(spring, summer);
  assert.deepEqual(all.names, ["a", "t", "f"]);
  assert.deepEqual(valuesOf(all, "a"), [1n, 2n, null]);
  assert.deepEqual(valuesOf(all, "t"), ["x", "y", "z"]);
  assert.deepEqual(valuesOf(all, "f"), [null, null, 1.5]);
});

test("dtypes are widened to the smallest that holds all values", async () => {
  const dtype = async (...columns: Parameters<typeof makeTable>[0][]) =>
    (await joined(...columns.map((column) => makeTable(column)))).column("a").dtype;
  const of = (values: Parameters<typeof numericColumn>[1]) => [numericColumn("a", values)];
  assert.equal(await dtype(of(Int32Array.of(1)), of(BigInt64Array.of(1n))), "<i8");
  assert.equal(await dtype(of(Int8Array.of(1)), of(Uint8Array.of(255))), "<i2");
  assert.equal(await dtype(of(Uint32Array.of(2 ** 32 - 1)), of(Int16Array.of(-1))), "<i8");
  assert.equal(await dtype(of(BigUint64Array.of(5n)), of(Int16Array.of(-1))), "<i8");
  assert.equal(await dtype(of(Uint8Array.of(1)), of(Uint16Array.of(2))), "<u2");
  assert.equal(await dtype(of(Int16Array.of(1)), of(Float32Array.of(2))), "<f4");
  assert.equal(await dtype(of(Int32Array.of(1)), of(Float32Array.of(2))), "<f8");
  assert.equal(await dtype(of(Float32Array.of(1)), of(Float64Array.of(2))), "<f8");
  assert.equal(await dtype(of(BigInt64Array.of(1n)), of(Float64Array.of(2))), "<f8");
  assert.equal(
    await dtype([textColumn("a", ["x"], "<U3")], [textColumn("a", ["y"], "<U9")]),
    "<U9",
  );
  assert.equal(await dtype([textColumn("a", ["x"], "<U3")], [textColumn("a", ["y"])]), "O");
});

test("a value that would change is refused, and a missing one is not a value", async () => {
  const large = BigInt64Array.of(1n, 2n ** 53n + 1n);
  const floats = makeTable([numericColumn("a", Float64Array.of(0.5))]);
  await assert.rejects(joined(makeTable([numericColumn("a", large)]), floats), {
    code: "RTL_TABLE_INVALID",
    message: /column "a", row 1: 9007199254740993/,
  });
  const unsigned = makeTable([numericColumn("a", BigUint64Array.of(2n ** 63n))]);
  await assert.rejects(joined(unsigned, makeTable([numericColumn("a", Int8Array.of(1))])), {
    code: "RTL_TABLE_INVALID",
    message: /9223372036854775808 \(<u8\) has no equal in <i8/,
  });
  const missing = numericColumn("a", large, { validity: Uint8Array.of(1) });
  assert.deepEqual(valuesOf(await joined(makeTable([missing]), floats), "a"), [1, null, 0.5]);
});

test("values of different kinds have no dtype in common", async () => {
  const numbers = tableFromContents({ a: [1] });
  for (const other of [{ a: ["x"] }, { a: [true] }]) {
    await assert.rejects(joined(numbers, tableFromContents(other)), {
      code: "RTL_TABLE_INVALID",
      message: /concat: column "a" is <i8 in one table and (O|\|b1) in another/,
    });
  }
  const bytes = makeTable([textColumn("a", ["x"], "|S3")]);
  await assert.rejects(joined(bytes, tableFromContents({ a: ["x"] })), {
    code: "RTL_TABLE_INVALID",
  });
});

test("tables with the same columns are put below one another as they are", async (t) => {
  for (const [table, cut] of drawn(t, fc.tuple(tables, fc.nat(40)))) {
    const parts = [sliceRows(table, 0, cut), sliceRows(table, cut, table.rows)];
    assert.equal(tableDifference(concatenate(parts), await joined(...parts)), undefined);
  }
});
