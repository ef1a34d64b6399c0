/**
 * The straight line that lies nearest to a column in the sense of least squares, over its row numbers.
 * It is measured in parts: trends of neighbouring chunks join to the trend of both.
 */
import { bitAt } from "../../table/column.ts";
import { BLOCK_ROWS } from "../../table/kernels.ts";

/** What is known of some rows; plain data, which travels as a state. Rows count from the first one. */
export interface Trend {
  readonly rows: number;
  /** Rows with a value: only these count below. */
  readonly count: number;
  readonly meanRow: number;
  readonly meanValue: number;
  /** Σ (row - meanRow)². */
  readonly spread: number;
  /** Σ (row - meanRow) (value - meanValue). */
  readonly slant: number;
}

/** `constant` is the mean, `linear` the line of least squares. */
export type TrendKind = "constant" | "linear";
export const trendKinds = ["constant", "linear"] as const;

export const noTrend: Trend = {
  rows: 0,
  count: 0,
  meanRow: 0,
  meanValue: 0,
  spread: 0,
  slant: 0,
};

/** The trend of values; a row whose bit in `validity` is 0 has none. */
export function trendOf(values: Float64Array, validity?: Uint8Array): Trend {
  let trend = noTrend;
  for (let start = 0; start < values.length; start += BLOCK_ROWS) {
    const end = Math.min(values.length, start + BLOCK_ROWS);
    const block =
      validity === undefined
        ? trendOfBlock(values, start, end)
        : trendOfSparseBlock(values, validity, start, end);
    trend = joinTrends(trend, block);
  }
  return trend;
}

function trendOfBlock(values: Float64Array, start: number, end: number): Trend {
  const rows = end - start;
  const meanRow = (rows - 1) / 2;
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i] as number;
  const meanValue = sum / rows;
  let slant = 0;
  for (let i = start; i < end; i++) {
    slant += (i - start - meanRow) * ((values[i] as number) - meanValue);
  }
  const spread = (rows * (rows * rows - 1)) / 12;
  return { rows, count: rows, meanRow, meanValue, spread, slant };
}

function trendOfSparseBlock(
  values: Float64Array,
  validity: Uint8Array,
  start: number,
  end: number,
): Trend {
  const rows = end - start;
  let count = 0;
  let sum = 0;
  let rowSum = 0;
  for (let i = start; i < end; i++) {
    if (!bitAt(validity, i)) continue;
    count++;
    sum += values[i] as number;
    rowSum += i - start;
  }
  if (count === 0) return { ...noTrend, rows };
  const meanRow = rowSum / count;
  const meanValue = sum / count;
  let spread = 0;
  let slant = 0;
  for (let i = start; i < end; i++) {
    if (!bitAt(validity, i)) continue;
    const off = i - start - meanRow;
    spread += off * off;
    slant += off * ((values[i] as number) - meanValue);
  }
  return { rows, count, meanRow, meanValue, spread, slant };
}

/** The trend of the rows of `a` with those of `b` below them (Chan and others, 1979). */
export function joinTrends(a: Trend, b: Trend): Trend {
  const rows = a.rows + b.rows;
  const moved = { ...b, meanRow: b.meanRow + a.rows };
  if (a.count === 0) return { ...moved, rows };
  if (b.count === 0) return { ...a, rows };
  const count = a.count + b.count;
  const share = b.count / count;
  const rowStep = moved.meanRow - a.meanRow;
  const valueStep = b.meanValue - a.meanValue;
  return {
    rows,
    count,
    meanRow: a.meanRow + rowStep * share,
    meanValue: a.meanValue + valueStep * share,
    spread: a.spread + b.spread + rowStep * rowStep * a.count * share,
    slant: a.slant + b.slant + rowStep * valueStep * a.count * share,
  };
}

/**
 * Writes values less their trend to `to`, which may be `values` itself. `firstRow` is the row number
 * of the first value among the rows that the trend was measured on.
 */
export function subtractTrend(
  values: Float64Array,
  trend: Trend,
  kind: TrendKind,
  to: Float64Array,
  firstRow = 0,
): void {
  const slope = kind === "linear" && trend.spread > 0 ? trend.slant / trend.spread : 0;
  const shift = firstRow - trend.meanRow;
  for (let start = 0; start < values.length; start += BLOCK_ROWS) {
    const end = Math.min(values.length, start + BLOCK_ROWS);
    subtractLine(values, trend.meanValue, slope, shift, to, start, end);
  }
}

function subtractLine(
  values: Float64Array,
  mean: number,
  slope: number,
  shift: number,
  to: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    to[i] = (values[i] as number) - (mean + slope * (i + shift));
  }
}
