/**
 * The counts of a histogram as a table, one row for each bin. Chunks count where the edges are known
 * before any row is seen, and otherwise hand on their values, and nothing else of the table.
 */
import {
  asNumbers,
  binsParam,
  countOne,
  defineTask,
  edgeCounter,
  edgesOf,
  evenEdges,
  extremesOf,
  forPresent,
  isEdgeList,
  isNull,
  makeTable,
  measureBins,
  type NumericColumn,
  numericColumn,
  RtlError,
  type Table,
  z,
} from "rtl/task";

const params = z.strictObject({
  a: z.string().describe("column"),
  bins: binsParam(2),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, "the second number must be greater than the first")
    .optional()
    .describe("where a number of bins begins and ends; without it: minimum and maximum"),
});
type Params = z.output<typeof params>;

export default defineTask({
  name: "histogramCounts",
  summary: "how many values lie in each bin, as a table of low, high and count",
  description: [
    "Bins as of the task histogram and of numpy.histogram: a bin holds its low edge and not its high",
    "one, except for the last, which holds both. Values outside of the edges do not count, nor do rows",
    "without a value. Without given edges (a list, or a number with a range) NaN and infinities are",
    "refused; with them they do not count. The table that comes out has nothing else.",
  ].join("\n"),
  shape: "reduce",
  params,
  example: { a: "totalRunTime", bins: 20 },

  partial(table, given) {
    const column = asNumbers(table.column(given.a), "histogramCounts");
    const edges = givenEdges(given);
    return edges === undefined ? makeTable([column]) : counted(column, edges, true);
  },

  combine(partials, given) {
    const edges = givenEdges(given);
    if (edges !== undefined) return summed(partials, edges.length - 1);
    const { a, bins } = given;
    const column = asNumbers(partials.column(a), "histogramCounts");
    const state = measureBins(column, bins, "histogramCounts");
    return counted(column, edgesOf(column, bins, state, "histogramCounts"), false);
  },
});

/** The edges, where they do not hang on the values. */
function givenEdges({ bins, range }: Params): Float64Array | undefined {
  if (range === undefined) return isEdgeList(bins) ? Float64Array.from(bins) : undefined;
  if (typeof bins === "number") {
    return evenEdges({ low: range[0], high: range[1], width: 0, round: (edge) => edge }, bins);
  }
  throw new RtlError("RTL_PARAMS_INVALID", "histogramCounts: a range needs a number of bins", {
    fix: 'give bins as a number, or leave out "range"',
  });
}

/** Edges that were computed (not `exact`) are rounded as float64 rounds the values. */
function counted(column: NumericColumn, edges: Float64Array, exact: boolean): Table {
  const { values, length } = column;
  const counts = new Float64Array(edges.length - 1);
  const whole = values instanceof BigInt64Array || values instanceof BigUint64Array;
  if (exact && whole && !isSafe(column)) {
    for (let row = 0; row < length; row++) {
      if (!isNull(column, row)) countOne(values[row] ?? 0n, edges, counts);
    }
  } else forPresent(column, edgeCounter(edges, counts));
  return makeTable([
    numericColumn("low", edges.slice(0, -1)),
    numericColumn("high", edges.slice(1)),
    numericColumn("count", BigInt64Array.from(counts, BigInt)),
  ]);
}

/** Whether a float holds every value as it is. */
function isSafe(column: NumericColumn): boolean {
  const { min, max } = extremesOf(column);
  return min >= Number.MIN_SAFE_INTEGER && max <= Number.MAX_SAFE_INTEGER;
}

/** The partial counts, which lie below one another, added up by bin. */
function summed(partials: Table, bins: number): Table {
  const { values } = asNumbers(partials.column("count"), "histogramCounts");
  const counts = new BigInt64Array(bins);
  for (let row = 0; row < partials.rows; row++) {
    counts[row % bins] = (counts[row % bins] ?? 0n) + BigInt(values[row] ?? 0n);
  }
  const [low, high] = ["low", "high"].map((name) => {
    const edges = asNumbers(partials.column(name), "histogramCounts");
    return numericColumn(name, edges.values.slice(0, bins));
  });
  if (low === undefined || high === undefined) return partials;
  return makeTable([low, high, numericColumn("count", counts)]);
}
