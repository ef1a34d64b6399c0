/**
 * Detrend: a column less its mean or its straight line. A fold: chunks measure their own trend, trends
 * join, and every chunk subtracts the one line of the whole column.
 */
import {
  asNumbers,
  type Column,
  columnMemory,
  defineTask,
  firstNotFinite,
  holeError,
  joinTrends,
  numericColumn,
  resultName,
  signalOperations,
  subtractTrend,
  type Table,
  type Trend,
  type TrendKind,
  toFloat64,
  trendKinds,
  trendOf,
  withColumns,
  z,
} from "rtl/task";

const SUFFIX = "Detrended";
const params = z.strictObject({
  operations: signalOperations(`{a}${SUFFIX}`),
  type: z
    .enum(trendKinds)
    .default("linear")
    .describe("subtract the straight line of least squares (linear), or the mean (constant)"),
});
type Operation = z.output<typeof params>["operations"][number];

/** The trend of some rows, and the first of them that makes it meaningless. */
interface Measured extends Trend {
  readonly notFinite: number | null;
}

export default defineTask({
  name: "detrend",
  summary: "a column less its mean, or less its straight line, as a new column",
  description: [
    "The line of least squares over the row numbers, as scipy.signal.detrend subtracts it; the rows count",
    "as evenly spaced. Rows without a value do not count and stay without one; NaN and infinite",
    "numbers are refused. Results are float64.",
  ].join("\n"),
  shape: {
    chained: {
      operations: "operations",
      reads: ["a"],
      makes: ["{column}", `{a}${SUFFIX}`],
      shape: "gather",
    },
    otherwise: "fold",
  },
  params,
  example: { operations: [{ a: "temperature", column: "deviation" }], type: "linear" },

  measure: (table, { operations }) => operations.map(({ a }) => measured(table.column(a))),

  merge: (a: Measured[], b: Measured[]) =>
    a.map((left, index): Measured => {
      const right = b[index];
      return right === undefined ? left : joined(left, right);
    }),

  apply: (table, state, { operations, type }, { firstRow }) =>
    withColumns(
      table,
      operations.map((operation, index) =>
        detrended(table, operation, state[index], type, firstRow),
      ),
    ),

  run: (table, { operations, type }) =>
    operations.reduce((sofar, operation) => {
      const trend = measured(sofar.column(operation.a));
      return withColumns(sofar, [detrended(sofar, operation, trend, type, 0)]);
    }, table),
});

function measured(column: Column): Measured {
  const numbers = asNumbers(column, "detrend");
  const values = toFloat64(numbers);
  const row = firstNotFinite(values, numbers.validity);
  return { ...trendOf(values, numbers.validity), notFinite: row < 0 ? null : row };
}

function joined(a: Measured, b: Measured): Measured {
  const behind = b.notFinite === null ? null : a.rows + b.notFinite;
  return { ...joinTrends(a, b), notFinite: a.notFinite ?? behind };
}

function detrended(
  table: Table,
  operation: Operation,
  trend: Measured | undefined,
  type: TrendKind,
  firstRow: number,
): Column {
  const column = asNumbers(table.column(operation.a), "detrend");
  if (trend === undefined) throw new Error("a trend is missing");
  if (trend.notFinite !== null) {
    throw holeError("detrend", column.name, trend.notFinite, "is not finite");
  }
  const result = columnMemory("<f8", column.length);
  subtractTrend(toFloat64(column), trend, type, result, firstRow);
  return numericColumn(resultName(operation, SUFFIX), result, { validity: column.validity });
}
