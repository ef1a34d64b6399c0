/**
 * Values that groups have among their rows: the first and the last one, the least and the greatest,
 * and how many different ones. They keep the dtype of their column.
 */
import {
  arrayOfDtype,
  type Column,
  type NumericArray,
  type NumericColumn,
  type NumericDtype,
  numericColumn,
} from "../../table/column.ts";
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { NO_ROW, takeOrNull } from "../../table/take.ts";
import type { CountedRows } from "./counted-rows.ts";
import { groupRows } from "./group-rows.ts";
import { groupCounts } from "./group-sums.ts";
import { textRanks } from "./text-codes.ts";

/** The value of each group's first row that counts; none where no row does. */
export function groupFirst(counted: CountedRows, groups: number): Column {
  const { ids } = counted;
  const found = new Uint32Array(groups).fill(NO_ROW);
  for (let i = ids.length - 1; i >= 0; i--) found[ids[i] as number] = i;
  return takeOrNull(counted.column, found);
}

/** The value of each group's last row that counts. */
export function groupLast(counted: CountedRows, groups: number): Column {
  const { ids } = counted;
  const found = new Uint32Array(groups).fill(NO_ROW);
  for (let i = 0; i < ids.length; i++) found[ids[i] as number] = i;
  return takeOrNull(counted.column, found);
}

export type Extreme = "min" | "max";

/** The least or the greatest value of each group. One NaN among them makes it NaN. */
export function groupExtreme(which: Extreme, { column, ids }: CountedRows, groups: number): Column {
  if (column.kind === "text") {
    const { ranks, distinct } = textRanks(column);
    const rowOf = new Uint32Array(distinct);
    for (let i = 0; i < ranks.length; i++) rowOf[ranks[i] as number] = i;
    const found = extremes(which, numericColumn(column.name, ranks), ids, groups);
    const counts = groupCounts(ids, groups);
    const rows = Uint32Array.from({ length: groups }, (_, group) =>
      counts[group] === 0 ? NO_ROW : (rowOf[Number(found[group])] as number),
    );
    return takeOrNull(column, rows);
  }
  const values = extremes(which, column, ids, groups);
  const validity = validityOf(groupCounts(ids, groups));
  return numericColumn(column.name, values, { dtype: column.dtype, validity });
}

function extremes(
  which: Extreme,
  { dtype, values }: NumericColumn,
  ids: Uint32Array,
  groups: number,
): NumericArray {
  const found = new arrayOfDtype[dtype](groups);
  (found as Float64Array).fill(bounds[dtype][which === "min" ? 1 : 0] as number);
  const sign = which === "min" ? "<" : ">";
  const pick = kernel<
    (
      values: NumericArray,
      ids: Uint32Array,
      found: NumericArray,
      start: number,
      end: number,
    ) => void
  >(
    `${which} ${dtype}`,
    ["values", "ids", "found", "start", "end"],
    loopText(
      (i) => `{ const group = ids[${i}], value = values[${i}];
        if (value ${sign} found[group] || value !== value) found[group] = value; }`,
    ),
  );
  forBlocks(ids.length, (start, end) => pick(values, ids, found, start, end));
  return found;
}

/** The smallest and the largest value of each dtype. */
const bounds: { readonly [D in NumericDtype]: readonly [number | bigint, number | bigint] } = {
  "<f8": [-Infinity, Infinity],
  "<f4": [-Infinity, Infinity],
  "<i8": [-(2n ** 63n), 2n ** 63n - 1n],
  "<i4": [-(2 ** 31), 2 ** 31 - 1],
  "<i2": [-(2 ** 15), 2 ** 15 - 1],
  "|i1": [-128, 127],
  "<u8": [0n, 2n ** 64n - 1n],
  "<u4": [0, 2 ** 32 - 1],
  "<u2": [0, 2 ** 16 - 1],
  "|u1": [0, 255],
  "|b1": [0, 1],
};

/** How many different values each group has; all NaN are one. */
export function groupDistinct({ column, ids }: CountedRows, groups: number): Float64Array {
  const pairs = groupRows([numericColumn("group", ids), column], ids.length);
  return groupCounts(
    pairs.first.map((row) => ids[row] as number),
    groups,
  );
}

/** A bitmap of the groups that have rows; absent when all have. */
export function validityOf(counts: Float64Array): Uint8Array | undefined {
  if (!counts.includes(0)) return undefined;
  const validity = new Uint8Array((counts.length + 7) >> 3);
  counts.forEach((count, group) => {
    if (count > 0) validity[group >> 3] = (validity[group >> 3] ?? 0) | (1 << (group & 7));
  });
  return validity;
}
