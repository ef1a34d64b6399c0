/** Tables with different columns one below the other. */
import { type Column, type Dtype, isNumericDtype, numericColumn } from "../../table/column.ts";
import { columnMemory } from "../../table/memory.ts";
import { concatenate, makeTable, type Table } from "../../table/table.ts";
import { commonDtype, dtypeError, widened } from "../arithmetic/widen.ts";

/**
 * All rows of all tables, in order. Columns go by name and come in the order in which they first do;
 * where a table lacks one its rows have no value, and dtypes are widened to one that holds all
 * values. RTL_TABLE_INVALID, naming the column and who wanted this, where there is none.
 */
export function unionOf(tables: readonly Table[], wantedBy: string): Table {
  const dtypes = new Map<string, Dtype>();
  for (const { name, dtype } of tables.flatMap(({ columns }) => columns)) {
    const known = dtypes.get(name) ?? dtype;
    const common = commonDtype(known, dtype);
    if (common === undefined) throw dtypeError(name, known, dtype, wantedBy);
    dtypes.set(name, common);
  }
  const alike = tables.map((table) =>
    makeTable(
      [...dtypes].map(([name, dtype]) =>
        table.has(name) ? widened(table.column(name), dtype) : nulls(name, dtype, table.rows),
      ),
      table.rows,
    ),
  );
  return alike.length === 0 ? makeTable([]) : concatenate(alike);
}

/** A column of rows without a value. */
export function nulls(name: string, dtype: Dtype, rows: number): Column {
  const validity = new Uint8Array((rows + 7) >> 3);
  if (isNumericDtype(dtype)) {
    return numericColumn(name, columnMemory(dtype, rows), { dtype, validity });
  }
  const offsets = columnMemory("<i4", rows + 1).fill(0);
  return { kind: "text", name, dtype, length: rows, offsets, bytes: new Uint8Array(0), validity };
}
