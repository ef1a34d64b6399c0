/** Tables that are equal but for roundings, as measured by the greatest of their floats. */
import { valueAt } from "../../src/table/column.ts";
import { equalTables } from "../../src/table/compare.ts";
import { makeTable, schemaDifference, type Table } from "../../src/table/table.ts";

/**
 * Whether no float is further from the other one than `relative` times the greatest float of the
 * table; all else must be equal.
 */
export function isClose(a: Table, b: Table, relative: number): boolean {
  if (a.rows !== b.rows || schemaDifference(a, b) !== undefined) return false;
  const apart = relative * greatestFloat(a);
  return a.columns.every((left) => {
    const right = b.column(left.name);
    if (left.dtype !== "<f8") return equalTables(makeTable([left]), makeTable([right]));
    const pairs = Array.from({ length: a.rows }, (_, row) => [
      valueAt(left, row),
      valueAt(right, row),
    ]);
    return pairs.every(([one, other]) => {
      if (Object.is(one, other) || one === other) return true;
      if (typeof one !== "number" || typeof other !== "number") return false;
      return Math.abs(one - other) <= apart;
    });
  });
}

function greatestFloat({ columns }: Table): number {
  let greatest = 0;
  for (const { values } of columns.filter((column) => column.kind === "numeric")) {
    if (!(values instanceof Float64Array)) continue;
    for (const value of values)
      if (Number.isFinite(value)) greatest = Math.max(greatest, Math.abs(value));
  }
  return greatest;
}
