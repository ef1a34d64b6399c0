/**
 * Regression: a line or a polynomial of least squares through two columns, evaluated at the points of
 * a space. What a fit needs of the columns is small and merges, so that it folds; only the sorted
 * space has to see all rows at once.
 */
import {
  addRows,
  asNumbers,
  type CoMoments,
  columnMemory,
  coMomentsOfBlock,
  computedPoints,
  defineTask,
  type Extremes,
  evaluatePolynomial,
  extremesOf,
  extremesOfBlock,
  firstValid,
  forBlocks,
  forPresentPairs,
  isComputedSpace,
  isFiniteThroughout,
  lineOf,
  mergeCoMoments,
  mergeExtremes,
  mergePolynomials,
  type NumericColumn,
  noCoMoments,
  noExtremes,
  noPolynomial,
  numericColumn,
  type Points,
  type PolynomialFactor,
  pythonFloat,
  RtlError,
  solvePolynomial,
  sortedValues,
  type Table,
  withColumns,
  z,
} from "rtl/task";

const DEGREE_MAX = 100;

const operationParams = z
  .strictObject({
    x: z.string().describe("column"),
    y: z.string().describe("column"),
    space: z
      .string()
      .describe(
        "points of the new column: linear, log, or any other word for x in ascending order",
      ),
    model: z.enum(["Linear", "Poly"]).describe("Linear: a line; Poly: a polynomial of degree d"),
    d: z.int().min(0).max(DEGREE_MAX).optional().describe("degree, which Poly needs"),
  })
  .refine(({ model, d }) => model !== "Poly" || d !== undefined, {
    path: ["d"],
    message: 'model Poly needs its degree, such as "d": 2',
  });
const params = z.strictObject({
  operations: z
    .array(operationParams)
    .describe("done in order; each may use the columns of those before"),
});
type Operation = z.output<typeof operationParams>;

/** What a fit and its space need of the whole columns. */
interface Measured {
  readonly rows: number;
  /** Of all x, and of those that have a y. */
  readonly xs: Extremes;
  readonly paired: Extremes;
  readonly line?: CoMoments;
  readonly polynomial?: PolynomialFactor;
}

/** Coefficients, highest power first, and what the log says of them. */
interface Fit {
  readonly coefficients: Float64Array;
  readonly lines: readonly string[];
}

export default defineTask({
  name: "regression",
  summary: "a line or polynomial of least squares, evaluated at evenly spaced or sorted points",
  description: [
    "Adds <y><model> (float64): the fit at the points of the space, of which there are as many as rows.",
    "linear: evenly spaced from 0 to the greatest x; log: 10^e for e from 0.001 to 1; any other word:",
    "x in ascending order. So row i is the fit at that row's own x only where x is ascending and the",
    "space is sorted. Linear is m*x + c; r is the coefficient of determination, NaN for one row; where",
    "all x are equal, m is 0. NaN or infinities are refused. Poly is numpy.polyfit: a degree that the",
    "rows do not determine gives the solution of least norm and a warning; NaN makes all points NaN.",
    "Rows that lack a value in x or y do not take part. int64 counts as float64. The log has a line for",
    "each operation.",
  ].join("\n"),
  shape: {
    param: "operations.*.space",
    shapes: { linear: "fold", log: "fold" },
    unanimous: true,
    chained: {
      operations: "operations",
      reads: ["x", "y"],
      makes: ["{y}{model}"],
      shape: "gather",
    },
    otherwise: "gather",
  },
  params,
  example: {
    operations: [{ x: "stageName", y: "totalRunTime", space: "linear", model: "Linear" }],
  },

  measure: (table, { operations }) => operations.map((operation) => measured(table, operation)),

  merge: (a: Measured[], b: Measured[]) =>
    a.map((left, index) => {
      const right = b[index];
      return right === undefined ? left : merged(left, right);
    }),

  async report(state, { operations }, context) {
    for (const [index, operation] of operations.entries()) {
      const { lines } = await fitted(state[index], operation);
      for (const line of lines) context.log(line);
    }
  },

  async apply(table, state, { operations }, { firstRow }) {
    const columns: NumericColumn[] = [];
    for (const [index, operation] of operations.entries()) {
      const { coefficients } = await fitted(state[index], operation);
      const points = spacePoints(operation.space, state[index]);
      columns.push(evaluated(operation, coefficients, points, firstRow, table.rows));
    }
    return withColumns(table, columns);
  },

  async run(table, { operations }, context) {
    let sofar = table;
    for (const operation of operations) {
      const { space } = operation;
      const state = measured(sofar, operation);
      const { coefficients, lines } = await fitted(state, operation);
      for (const line of lines) context.log(line);
      let points = spacePoints(space, state);
      let count = table.rows;
      if (!isComputedSpace(space)) {
        const sorted = sortedValues(numbers(sofar, operation.x));
        count = sorted.length;
        points = (first, out) => out.fill(0).set(sorted.subarray(first, first + out.length));
      }
      const column = evaluated(operation, coefficients, points, 0, table.rows);
      const validity = firstValid(count, table.rows);
      sofar = withColumns(sofar, [{ ...column, validity }]);
    }
    return sofar;
  },
});

const numbers = (table: Table, name: string): NumericColumn =>
  asNumbers(table.column(name), "regression");

function measured(table: Table, { x: nameX, y: nameY, model, d = 0 }: Operation): Measured {
  const [x, y] = [numbers(table, nameX), numbers(table, nameY)];
  let paired = noExtremes;
  let line = noCoMoments;
  let polynomial = noPolynomial(d);
  forPresentPairs(x, y, (xs, ys) => {
    paired = mergeExtremes(paired, extremesOfBlock(xs));
    if (model === "Poly") polynomial = addRows(polynomial, xs, ys);
    else line = mergeCoMoments(line, coMomentsOfBlock(xs, ys));
  });
  const xs = y.validity === undefined ? paired : extremesOf(x);
  const rows = table.rows;
  if (model === "Poly") return { rows, xs, paired, polynomial };
  // Sums of squares that are finite come of numbers that are.
  if (!Number.isFinite(line.xx + line.yy)) refuseInfinite([x, y]);
  return { rows, xs, paired, line };
}

function refuseInfinite(columns: readonly NumericColumn[]): void {
  const column = columns.find((each) => !isFiniteThroughout(extremesOf(each)));
  if (column === undefined) return;
  const message = `regression: column "${column.name}" holds NaN or infinite values`;
  throw new RtlError("RTL_TABLE_INVALID", message, {
    fix: "model Linear needs numbers: remove those rows before",
  });
}

function merged(a: Measured, b: Measured): Measured {
  return {
    rows: a.rows + b.rows,
    xs: mergeExtremes(a.xs, b.xs),
    paired: mergeExtremes(a.paired, b.paired),
    ...(a.line && b.line && { line: mergeCoMoments(a.line, b.line) }),
    ...(a.polynomial &&
      b.polynomial && { polynomial: mergePolynomials(a.polynomial, b.polynomial) }),
  };
}

async function fitted(state: Measured | undefined, { x, y, model }: Operation): Promise<Fit> {
  if (state === undefined || state.paired.count === 0) {
    throw new RtlError("RTL_TABLE_INVALID", `regression: no row has both "${x}" and "${y}"`, {
      fix: "a fit needs at least one row",
    });
  }
  const begin = `=> Regression[${model}]`;
  if (state.polynomial !== undefined) {
    const { coefficients, rank } = await solvePolynomial(state.polynomial);
    const results = Array.from(coefficients, pythonFloat).join(", ");
    const poor = rank < coefficients.length && coefficients.every(Number.isFinite);
    const warning = `${begin} Warning: the rows determine ${rank} of ${coefficients.length} coefficients`;
    const line = `${begin} Results: m=[${results}], c=None, r=None`;
    return { coefficients, lines: poor ? [warning, line] : [line] };
  }
  const constant = state.paired.min === state.paired.max;
  const { slope, intercept, r2 } = lineOf(state.line ?? noCoMoments, constant);
  const [m, c, r] = [slope, intercept, r2].map(pythonFloat);
  const line = `${begin} Results: m=${m}, c=${c}, r=${r}`;
  return { coefficients: Float64Array.of(slope, intercept), lines: [line] };
}

function spacePoints(space: string, state: Measured | undefined): Points {
  const { rows, xs } = state ?? { rows: 0, xs: noExtremes };
  const max = xs.nan ? Number.NaN : Number(xs.max);
  return computedPoints(space === "log" ? "log" : "linear", max, rows);
}

/** The column of the fit at the points from number `first` on. */
function evaluated(
  { y, model }: Operation,
  coefficients: Float64Array,
  points: Points,
  first: number,
  rows: number,
): NumericColumn {
  const out = columnMemory("<f8", rows);
  forBlocks(rows, (start, end) => {
    const block = out.subarray(start, end);
    points(first + start, block);
    evaluatePolynomial(coefficients, block);
  });
  return numericColumn(`${y}${model}`, out);
}
