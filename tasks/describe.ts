/** Describe: what a table's numbers are like, one row for each column. */
import {
  asNumbers,
  type Column,
  columnMemory,
  countedRows,
  countNulls,
  defineTask,
  groupMoments,
  makeTable,
  type NumericColumn,
  numericColumn,
  quantilesOf,
  type Table,
  textColumn,
  toFloat64,
  validityOf,
  wholeNumbers,
  z,
} from "rtl/task";

const params = z.strictObject({
  columns: z
    .array(z.string())
    .optional()
    .describe("columns; all that hold numbers where they are not named"),
  percentiles: z
    .array(z.number().min(0).max(1))
    .default([0.25, 0.5, 0.75])
    .describe("which ones, from 0 to 1"),
});

export default defineTask({
  name: "describe",
  summary: "count, mean, spread, extremes and percentiles of each numeric column",
  description: [
    "The result has a row for each column, and the columns: column, count, nulls, nan, mean, std, min,",
    "25%, 50%, 75% (or the percentiles asked for), max. Rows without a value and NaN do not count; their",
    "numbers are nulls and nan. std divides by count - 1; percentiles lie linearly between the two",
    "nearest values. The statistics are float64, so that int64 beyond 2^53 is rounded, and have no value",
    "where nothing counts. Text and boolean columns are left out unless named; text cannot be described.",
  ].join("\n"),
  shape: "gather",
  params,
  example: { columns: ["totalRunTime"] },

  run(table, { columns, percentiles }) {
    const described = columns?.map((name) => asNumbers(table.column(name), "describe"));
    const chosen = described ?? numericColumns(table);
    const rows = chosen.map((column) => statisticsOf(column, percentiles));
    const counts = (name: string, pick: (row: Statistics) => number) =>
      numericColumn(name, wholeNumbers(Float64Array.from(rows, pick)));
    const validity = validityOf(Float64Array.from(rows, ({ count }) => count));
    const spread = validityOf(Float64Array.from(rows, ({ count }) => Math.max(0, count - 1)));
    const floats = (name: string, pick: (row: Statistics) => number) =>
      numericColumn(name, Float64Array.from(rows, pick), {
        validity: name === "std" ? spread : validity,
      });
    return makeTable([
      textColumn(
        "column",
        chosen.map(({ name }) => name),
      ),
      counts("count", ({ count }) => count),
      counts("nulls", ({ nulls }) => nulls),
      counts("nan", ({ nan }) => nan),
      floats("mean", ({ mean }) => mean),
      floats("std", ({ std }) => std),
      floats("min", ({ min }) => min),
      ...percentiles.map((q, index) =>
        floats(percentName(q), (row) => row.percentiles[index] ?? 0),
      ),
      floats("max", ({ max }) => max),
    ]);
  },
});

const numericColumns = (table: Table): NumericColumn[] =>
  table.columns.flatMap((column: Column) =>
    column.kind === "numeric" && column.dtype !== "|b1" ? [column] : [],
  );

interface Statistics {
  readonly count: number;
  readonly nulls: number;
  readonly nan: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly percentiles: readonly number[];
}

function statisticsOf(column: NumericColumn, percentiles: readonly number[]): Statistics {
  const nulls = countNulls(column.validity, column.length);
  const ids = columnMemory("<u4", column.length).fill(0);
  const counted = countedRows(column, ids, true);
  const values = asNumbers(counted.column, "describe");
  const { mean, squares } = groupMoments(values, counted.ids, 1);
  const count = values.length;
  const floats = Float64Array.from(toFloat64(values));
  const [min = 0, max = 0, ...found] = quantilesOf(floats, [0, 1, ...percentiles]);
  return {
    count,
    nulls,
    nan: column.length - nulls - count,
    mean: mean[0] ?? 0,
    std: Math.sqrt((squares[0] ?? 0) / Math.max(1, count - 1)),
    min,
    max,
    percentiles: found,
  };
}

/** `25%`, `12.5%`. */
const percentName = (q: number): string => `${Number((100 * q).toPrecision(12))}%`;
