import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import type { Table } from "../../../src/table/table.ts";
import dropNulls from "../../../tasks/drop-nulls.ts";
import { checkChunked } from "../../support/chunked.ts";
import { tableOf } from "../../support/run-task.ts";

const table = tableFromContents({
  id: [1, 2, 3, 4],
  x: [0.5, null, Number.NaN, null],
  s: ["a", "b", null, null],
});
const kept = async (params: unknown) => {
  const result = await tableOf(dropNulls, params, table);
  return Array.from({ length: result.rows }, (_, row) => Number(valueAt(result.column("id"), row)));
};

test("a row that lacks a value is dropped, in the columns that are looked at", async () => {
  assert.deepEqual(await kept({}), [1]);
  assert.deepEqual(await kept({ columns: "x" }), [1, 3]);
  assert.deepEqual(await kept({ columns: ["i*"] }), [1, 2, 3, 4]);
  assert.deepEqual(await kept({ columns: ["x", "s"], how: "all" }), [1, 2, 3]);
  assert.deepEqual(await kept({ how: "all" }), [1, 2, 3, 4]);
});

test("NaN is a value unless it is to count as missing", async () => {
  assert.deepEqual(await kept({ columns: "x", nan: true }), [1]);
  assert.deepEqual(await kept({ columns: ["x", "s"], how: "all", nan: true }), [1, 2]);
});

test("a column that is not there is refused", async () => {
  await assert.rejects(kept({ columns: ["y"] }), { code: "RTL_COLUMN_UNKNOWN" });
});

test("what is kept of chunks is what is kept of the whole, row by row", async (t) => {
  await checkChunked(t, dropNulls, {
    params: ({ names }) =>
      fc.record(
        {
          columns: fc.array(fc.constantFrom(...names, "*"), { minLength: 1 }),
          how: fc.constantFrom("any", "all"),
          nan: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    check(result, given, { columns = ["*"], how = "any", nan = false }: Checked) {
      const names = columns.includes("*") ? given.names : columns;
      assert.equal(result.rows, rowsKept(given, names, how, nan));
    },
  });
});
interface Checked {
  readonly columns?: readonly string[];
  readonly how?: string;
  readonly nan?: boolean;
}

function rowsKept(table: Table, names: readonly string[], how: string, nan: boolean): number {
  let rows = 0;
  for (let row = 0; row < table.rows; row++) {
    const lacks = names.map((name) => {
      const value = valueAt(table.column(name), row);
      return value === null || (nan && Number.isNaN(value));
    });
    const dropped =
      how === "any" ? lacks.includes(true) : lacks.length > 0 && !lacks.includes(false);
    if (!dropped) rows++;
  }
  return rows;
}
