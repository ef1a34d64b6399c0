/**
 * Histogram: for each row, the edge of the bin its value lies in. The edges come from the extremes of
 * the whole column, and from its moments where an estimator asks for them, so that it folds; the
 * estimators that need all values in order gather.
 */
import {
  asNumbers,
  type Bins,
  binEstimators,
  binsParam,
  columnMemory,
  defineTask,
  edgeLabeller,
  edgesOf,
  firstEdge,
  floatReader,
  forBlocks,
  isEdgeList,
  type MeasuredBins,
  measureBins,
  mergeMeasuredBins,
  type NumericColumn,
  noMeasuredBins,
  numericColumn,
  type Table,
  withColumns,
  z,
} from "rtl/task";

const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        a: z.string().describe("column"),
        bins: binsParam(1),
        column: z.string().min(1).describe("name of the new column"),
      }),
    )
    .describe("done in order; each may use the columns of those before"),
});

export default defineTask({
  name: "histogram",
  summary: "the bin of each row's value, named by the bin's edge",
  description: [
    "The new column (float64) holds the least edge that is not below the row's value: the right edge",
    "of its bin, for the minimum the minimum itself. A number of bins spans minimum to maximum (all",
    "values equal: half a unit around them), rounded as numpy.linspace does; NaN and infinities are",
    "then refused. With a list of edges a value above the last gives NaN, one below the first gives",
    `the first. Text picks one of numpy's estimators: ${binEstimators.join(", ")}.`,
    "Rows without a value stay without and do not count. For the counts see histogramCounts.",
  ].join("\n"),
  shape: {
    param: "operations.*.bins",
    shapes: { auto: "gather", fd: "gather", stone: "gather" },
    chained: { operations: "operations", reads: ["a"], makes: ["{column}"], shape: "gather" },
    otherwise: "fold",
  },
  params,
  example: { operations: [{ a: "totalRunTime", bins: 20, column: "bin" }] },

  measure: (table, { operations }) =>
    operations.map(({ a, bins }) => measureBins(numbers(table, a), bins, "histogram")),

  merge: (a: MeasuredBins[], b: MeasuredBins[]) =>
    a.map((left, index) => mergeMeasuredBins(left, b[index] ?? noMeasuredBins)),

  apply: (table, state, { operations }) =>
    withColumns(
      table,
      operations.map(({ a, bins, column }, index) =>
        labelled(numbers(table, a), bins, state[index] ?? noMeasuredBins, column),
      ),
    ),

  run: (table, { operations }) =>
    operations.reduce((sofar, { a, bins, column: name }) => {
      const column = numbers(sofar, a);
      const state = measureBins(column, bins, "histogram");
      return withColumns(sofar, [labelled(column, bins, state, name)]);
    }, table),
});

const numbers = (table: Table, name: string): NumericColumn =>
  asNumbers(table.column(name), "histogram");

/** The edge of each row's bin. */
function labelled(
  column: NumericColumn,
  bins: Bins,
  state: MeasuredBins,
  name: string,
): NumericColumn {
  const { validity, values, length } = column;
  const edges = edgesOf(column, bins, state, "histogram");
  const label = edgeLabeller(edges);
  const out = columnMemory("<f8", length);
  const reader = floatReader(column);
  const whole = values instanceof BigInt64Array || values instanceof BigUint64Array;
  forBlocks(length, (start, end) => {
    label(reader.read(start, end), out, start);
    // Edges that were computed are rounded as the values are; edges that were given are exact.
    if (!whole || !isEdgeList(bins) || reader.exact()) return;
    for (let row = start; row < end; row++) {
      out[row] = edges[firstEdge(values[row] ?? 0n, edges)] ?? Number.NaN;
    }
  });
  return numericColumn(name, out, { validity });
}
