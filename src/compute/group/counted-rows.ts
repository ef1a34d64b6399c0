/** Which rows of a column count in a statistic, and the column and the groups of those alone. */
import { bitAt, type Column, countNulls, type NumericArray } from "../../table/column.ts";
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { takeColumn } from "../../table/take.ts";
import { plainLane, takeKeys } from "../order/lane.ts";

/** The rows of a column that count. */
export interface CountedRows {
  readonly column: Column;
  /** For each of its rows the number of its group. */
  readonly ids: Uint32Array;
  /** For each of its rows the row it was in the whole column; undefined when all rows count. */
  readonly rows: Uint32Array | undefined;
}

/** Without the rows that have no value, and without NaN where that is to be skipped. */
export function countedRows(column: Column, ids: Uint32Array, skipNaN: boolean): CountedRows {
  const rows = rowsThatCount(column, skipNaN);
  if (rows === undefined) return { column: { ...column, validity: undefined }, ids, rows };
  return {
    column: { ...takeColumn(column, rows), validity: undefined },
    ids: takeKeys(plainLane(ids, 0), rows),
    rows,
  };
}

/** The rows that have a value that counts; undefined when all have one. */
export function rowsThatCount(column: Column, skipNaN: boolean): Uint32Array | undefined {
  const { length } = column;
  const nulls = countNulls(column.validity, length) > 0 ? column.validity : undefined;
  const floats = skipNaN && column.kind === "numeric" && column.dtype.startsWith("<f");
  if (nulls === undefined && !floats) return undefined;
  const rows = columnMemory("<u4", length);
  let count = 0;
  if (floats) {
    const find = kernel<
      (values: NumericArray, rows: Uint32Array, count: number, start: number, end: number) => number
    >(
      `no NaN ${column.dtype}`,
      ["values", "rows", "count", "start", "end"],
      `${loopText((i) => `rows[count] = ${i}; count += 1 & (values[${i}] === values[${i}]);`)}
      return count;`,
    );
    forBlocks(length, (start, end) => {
      count = find(column.values, rows, count, start, end);
    });
  } else for (; count < length; count++) rows[count] = count;
  if (nulls !== undefined) {
    const all = rows.subarray(0, count);
    count = 0;
    for (const row of all) {
      rows[count] = row;
      if (bitAt(nulls, row)) count++;
    }
  }
  if (count < length) return rows.subarray(0, count);
  returnMemory(rows);
  return undefined;
}
