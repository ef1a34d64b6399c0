/**
 * The order of a table's rows by some of its columns: NaN after all numbers and rows without a value
 * after NaN, whichever way the order runs; -0 equals 0; texts by their bytes, which is by code point.
 */
import type { Column } from "../../table/column.ts";
import { takeColumn } from "../../table/take.ts";
import { lanesOf } from "./lanes.ts";
import { orderRows, type RowOrder, type SortKey } from "./order-rows.ts";

/** A column to sort by. */
export interface SortColumn {
  readonly column: Column;
  /** The largest value first. */
  readonly descending?: boolean;
}

/** The stable order of the rows by these columns, the first one first. */
export const sortOrder = (columns: readonly SortColumn[], rows: number): RowOrder =>
  orderRows(columns.map(sortKey), rows);

const sortKey =
  ({ column, descending = false }: SortColumn): SortKey =>
  (rows) =>
    lanesOf(rows === undefined ? column : takeColumn(column, rows), { descending });
