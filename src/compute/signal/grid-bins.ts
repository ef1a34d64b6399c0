/** What the rows from each time of a regular grid up to the next one make together. */
import {
  type Column,
  isNull,
  type NumericArray,
  type NumericColumn,
  numericColumn,
} from "../../table/column.ts";
import { toFloat64 } from "../../table/floats.ts";
import { forBlocks, kernel } from "../../table/kernels.ts";
import { type TimeGrid, takenRows, validityOf } from "./time-grid.ts";

export const binMethods = ["mean", "min", "max", "count"] as const;
export type BinMethod = (typeof binMethods)[number];

/**
 * What the rows from each grid time up to the next one make together. Rows without a value do not
 * count, one NaN makes NaN, and where there are no rows there is no value, but a count of 0.
 */
export function inGridBins(grid: TimeGrid, column: NumericColumn, method: BinMethod): Column {
  const bins = binsOf(grid);
  if (method === "min" || method === "max") {
    return takenRows(column, extremeRows(grid, bins, column, method));
  }
  const sums = new Float64Array(grid.rows);
  const counts = new Int32Array(grid.rows);
  const values = method === "mean" ? toFloat64(column) : undefined;
  for (let row = 0; row < bins.length; row++) {
    if (isNull(column, row)) continue;
    const bin = bins[row] as number;
    counts[bin] = (counts[bin] as number) + 1;
    if (values !== undefined) sums[bin] = (sums[bin] as number) + (values[row] as number);
  }
  if (method === "count") return numericColumn(column.name, BigInt64Array.from(counts, BigInt));
  const means = sums.map((sum, bin) => sum / (counts[bin] as number));
  const filled = counts.map((count) => (count === 0 ? -1 : 0));
  return numericColumn(column.name, means, { validity: validityOf(filled) });
}

/** The bin of every row. */
function binsOf({ times: { ticks }, step, close }: TimeGrid): Int32Array {
  const bins = new Int32Array(ticks.length);
  for (let row = 0; row < ticks.length; row++) {
    bins[row] = Math.floor(((ticks[row] as number) + close) / step);
  }
  return bins;
}

type ExtremeKernel = (
  values: NumericArray,
  bins: Int32Array,
  best: Int32Array,
  hasValue: (row: number) => boolean,
  start: number,
  end: number,
) => void;

/** The row of the least or greatest value of each bin, of the first NaN where there is one; or -1. */
function extremeRows(
  { rows }: TimeGrid,
  bins: Int32Array,
  column: NumericColumn,
  method: "min" | "max",
): Int32Array {
  const best = new Int32Array(rows).fill(-1);
  const better = method === "min" ? "<" : ">";
  // A NaN is neither better nor not; it is the only value that differs from itself.
  const find = kernel<ExtremeKernel>(
    `extreme ${column.dtype}`,
    ["values", "bins", "best", "hasValue", "start", "end"],
    `for (let row = start; row < end; row++) {
      if (!hasValue(row)) continue;
      const value = values[row], held = best[bins[row]], known = values[held];
      if (held < 0 || (known === known && (value ${better} known || value !== value))) {
        best[bins[row]] = row;
      }
    }`,
  );
  const hasValue = (row: number) => !isNull(column, row);
  forBlocks(bins.length, (start, end) => find(column.values, bins, best, hasValue, start, end));
  return best;
}
