/** Reads all that a table says it has, so that what lies behind it is not only there by its word. */
import { valueAt } from "../../src/table/column.ts";
import { encodeTable } from "../../src/table/ipc.ts";
import type { Table } from "../../src/table/table.ts";

const ROWS_MAX = 50;

export function used(table: Table): void {
  for (const column of table.columns) {
    for (let row = 0; row < Math.min(column.length, ROWS_MAX); row++) valueAt(column, row);
    if (column.length > 0) valueAt(column, column.length - 1);
  }
  encodeTable(table);
}
