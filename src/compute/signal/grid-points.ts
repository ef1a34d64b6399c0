/** What the times of a regular grid take from the rows before and behind them. */
import { bitAt, type Column, type NumericColumn, numericColumn } from "../../table/column.ts";
import { toFloat64 } from "../../table/floats.ts";
import { forBlocks } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import { type TimeGrid, takenRows, validityOf } from "./time-grid.ts";

export const pointMethods = ["linear", "nearest", "previous"] as const;
export type PointMethod = (typeof pointMethods)[number];

/**
 * Values at the grid times. A row without a value counts as not being there. Between two rows more than
 * `gapMax` ticks apart there is no value, nor beyond the first and the last row, but that "previous"
 * holds the last value for `gapMax`. "nearest" takes the earlier of two rows that are equally near.
 */
export function atGridTimes(
  grid: TimeGrid,
  column: Column,
  method: PointMethod,
  gapMax: number,
): Column {
  const near = neighboursOf(grid, column);
  const taken = new Int32Array(grid.rows);
  forBlocks(grid.rows, (start, end) => takeNear(grid, near, method, gapMax, taken, start, end));
  if (method !== "linear") return takenRows(column, taken);
  const values = toFloat64(column as NumericColumn);
  const result = columnMemory("<f8", grid.rows);
  forBlocks(grid.rows, (start, end) => interpolate(grid, near, values, result, start, end));
  return numericColumn(column.name, result, { validity: validityOf(taken) });
}

/** For each grid time the rows with a value next to it: at or before it, and behind it; -1 for none. */
interface Neighbours {
  readonly before: Int32Array;
  readonly behind: Int32Array;
}

function neighboursOf(
  { times: { ticks }, step, rows, close }: TimeGrid,
  column: Column,
): Neighbours {
  const { validity } = column;
  const hasNone = (row: number) => validity !== undefined && !bitAt(validity, row);
  const before = new Int32Array(rows);
  const behind = new Int32Array(rows);
  let last = -1;
  let next = 0;
  for (let k = 0; k < rows; k++) {
    const limit = k * step + close;
    for (; next < ticks.length && (ticks[next] as number) <= limit; next++) {
      if (!hasNone(next)) last = next;
    }
    while (next < ticks.length && hasNone(next)) next++;
    before[k] = last;
    behind[k] = next < ticks.length ? next : -1;
  }
  return { before, behind };
}

/** Writes the row that each grid time takes, or goes on from to the one behind; -1 for no value. */
function takeNear(
  { times: { ticks }, step, close }: TimeGrid,
  { before, behind }: Neighbours,
  method: PointMethod,
  gapMax: number,
  taken: Int32Array,
  start: number,
  end: number,
): void {
  for (let k = start; k < end; k++) {
    const from = before[k] as number;
    const to = behind[k] as number;
    const since = from < 0 ? 0 : k * step - (ticks[from] as number);
    taken[k] = from;
    if (from < 0 || since <= close) continue;
    if (to < 0) {
      if (method !== "previous" || since > gapMax) taken[k] = -1;
      continue;
    }
    const width = (ticks[to] as number) - (ticks[from] as number);
    if (width > gapMax) taken[k] = -1;
    else if (method === "nearest" && width - since < since - close) taken[k] = to;
  }
}

function interpolate(
  { times: { ticks }, step, close }: TimeGrid,
  { before, behind }: Neighbours,
  values: Float64Array,
  result: Float64Array,
  start: number,
  end: number,
): void {
  for (let k = start; k < end; k++) {
    const from = before[k] as number;
    const to = behind[k] as number;
    const value = from < 0 ? 0 : (values[from] as number);
    const since = from < 0 ? 0 : k * step - (ticks[from] as number);
    // A row at the grid time counts alone, also where the one behind it is NaN.
    if (to < 0 || since <= close) {
      result[k] = value;
      continue;
    }
    const share = since / ((ticks[to] as number) - (ticks[from] as number));
    result[k] = value + share * ((values[to] as number) - value);
  }
}
