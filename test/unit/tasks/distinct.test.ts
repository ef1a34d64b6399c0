import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numericColumn, type Value, valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { takeRows } from "../../../src/table/take.ts";
import distinct from "../../../tasks/distinct.ts";
import { checkChunked } from "../../support/chunked.ts";
import { tableOf } from "../../support/run-task.ts";
import { columns, dtypes } from "../../support/tables.ts";

const rowsOf = (table: Table): Value[][] =>
  Array.from({ length: table.rows }, (_, row) => table.columns.map((one) => valueAt(one, row)));

test("the first of equal rows is kept, whole and in order", async () => {
  const table = tableFromContents({ a: [2, 1, 2, 1], b: ["x", "y", "x", "z"], c: [1, 2, 3, 4] });
  assert.deepEqual(rowsOf(await tableOf(distinct, { columns: ["a", "b"] }, table)), [
    ...[
      [2n, "x", 1n],
      [1n, "y", 2n],
      [1n, "z", 4n],
    ],
  ]);
  assert.equal((await tableOf(distinct, { columns: "a" }, table)).rows, 2);
  assert.equal((await tableOf(distinct, {}, table)).rows, 4);
});

test("NaN equals NaN, 0 equals -0, null equals null, and text is not joined across columns", async () => {
  const table = tableFromContents({
    x: [Number.NaN, 0, null, Number.NaN, -0, null],
    s: ["ab", "a", null, "ab", "a", null],
    t: ["c", "bc", "", "c", "bc", ""],
  });
  assert.equal((await tableOf(distinct, {}, table)).rows, 3);
  const other = tableFromContents({ s: ["ab", "a"], t: ["c", "bc"] });
  assert.equal((await tableOf(distinct, {}, other)).rows, 2);
});

test("whole numbers that differ beyond 2^53 are different", async () => {
  const a = BigInt64Array.of(2n ** 60n, 2n ** 60n + 1n, 2n ** 60n);
  assert.equal((await tableOf(distinct, {}, makeTable([numericColumn("a", a)]))).rows, 2);
});

test("a column without any value does not make all rows look alike to the hash", async () => {
  const rows = 60_000;
  const id = Int32Array.from({ length: rows }, (_, row) => row);
  const none = numericColumn("none", new Float64Array(rows), {
    validity: new Uint8Array(rows / 8),
  });
  const table = makeTable([numericColumn("id", id), none]);
  assert.equal((await tableOf(distinct, {}, table)).rows, rows);
});

test("distinct rows of chunks are the distinct rows of the whole", async (t) => {
  // Few different values, so that rows are equal at all.
  const tables = fc
    .tuple(fc.array(dtypes, { minLength: 1, maxLength: 3 }), fc.array(fc.nat(3), { maxLength: 30 }))
    .chain(([chosen, picks]) =>
      fc
        .tuple(...chosen.map((dtype, at) => columns(`c${at}`, dtype, 4)))
        .map((made) => takeRows(makeTable(made, 4), Uint32Array.from(picks))),
    );
  await checkChunked(t, distinct, {
    tables,
    params: ({ names }) =>
      fc.record(
        { columns: fc.array(fc.constantFrom(...names), { minLength: 1 }) },
        { requiredKeys: [] },
      ),
    check(result, table, { columns: named = table.names }: { columns?: readonly string[] }) {
      const key = (row: number) =>
        named.map((name) => {
          const value = valueAt(table.column(name), row);
          return `${typeof value} ${value === 0 ? 0 : String(value)}`;
        });
      const keys = Array.from({ length: table.rows }, (_, row) => JSON.stringify(key(row)));
      const first = keys.flatMap((one, row) => (keys.indexOf(one) === row ? [row] : []));
      const all = rowsOf(table);
      assert.deepEqual(
        rowsOf(result),
        first.map((row) => all[row]),
      );
    },
  });
});
