/** Rows of a table by their numbers: what filtering and sorting end in. */
import {
  allValid,
  arrayOfDtype,
  bitAt,
  type Column,
  checkedOffset,
  clearBit,
  type NumericArray,
  numericColumn,
  type TextColumn,
} from "./column.ts";
import { forBlocks, kernel } from "./kernels.ts";
import { makeTable, type Table } from "./table.ts";

/** The rows with these numbers, in their order; a number may come more than once. */
export function takeRows(table: Table, rows: Uint32Array): Table {
  return makeTable(
    table.columns.map((column) => takeColumn(column, rows)),
    rows.length,
  );
}

export function takeColumn(column: Column, rows: Uint32Array): Column {
  const validity = takeValidity(column.validity, rows);
  if (column.kind === "text") return takeText(column, rows, validity);
  const values = new arrayOfDtype[column.dtype](rows.length);
  const take = kernel<TakeKernel>(
    `take ${column.dtype}`,
    ["from", "rows", "to", "start", "end"],
    "for (let i = start; i < end; i++) to[i] = from[rows[i]];",
  );
  forBlocks(rows.length, (start, end) => take(column.values, rows, values, start, end));
  return numericColumn(column.name, values, { dtype: column.dtype, validity });
}
type TakeKernel = (
  from: NumericArray,
  rows: Uint32Array,
  to: NumericArray,
  start: number,
  end: number,
) => void;

function takeText(
  column: TextColumn,
  rows: Uint32Array,
  validity: Uint8Array | undefined,
): TextColumn {
  const { offsets: from, bytes: source } = column;
  const offsets = new Int32Array(rows.length + 1);
  let total = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    total += (from[row + 1] ?? 0) - (from[row] ?? 0);
    offsets[i + 1] = checkedOffset(column.name, total);
  }
  const bytes = new Uint8Array(total);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const end = from[row + 1] ?? 0;
    let at = offsets[i] ?? 0;
    // Texts are short: a loop over bytes is faster than a call for each.
    for (let b = from[row] ?? 0; b < end; b++) bytes[at++] = source[b] ?? 0;
  }
  return { ...column, length: rows.length, offsets, bytes, validity };
}

function takeValidity(validity: Uint8Array | undefined, rows: Uint32Array): Uint8Array | undefined {
  if (validity === undefined) return undefined;
  const taken = allValid(rows.length);
  for (let i = 0; i < rows.length; i++) if (!bitAt(validity, rows[i] ?? 0)) clearBit(taken, i);
  return taken;
}
