/** The values of a float64 column, for checking results; it fails for any other column. */
import assert from "node:assert/strict";
import type { Table } from "../src/index.ts";

export function numbersOf(table: Table, name: string): Float64Array {
  const column = table.column(name);
  assert.ok(
    column.kind === "numeric" && column.values instanceof Float64Array,
    `${name} is float64`,
  );
  return column.values;
}
