/**
 * Difference: each row minus an earlier one. What a chunk needs of those before it are their last
 * rows only, which the state carries, so that it folds.
 */
import {
  asNumbers,
  defineTask,
  differences,
  type NumericColumn,
  rowsBefore,
  type Table,
  type Tail,
  tailOf,
  withColumns,
  z,
} from "rtl/task";

const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        a: z.string().describe("column"),
        column: z.string().min(1).describe("name of the new column"),
        lag: z.int().min(1).default(1).describe("how many rows before the earlier row is"),
        b: z
          .unknown()
          .optional()
          .describe("historical; an operation that names it computes nothing"),
      }),
    )
    .describe("done in order; each may use the columns of those before"),
});
type Operations = z.output<typeof params>["operations"];

export default defineTask({
  name: "difference",
  summary: "each row's value minus that of the row before, or of an earlier one",
  description: [
    "Adds a float64 column; the first `lag` rows have no value. int64 is subtracted exactly and rounded",
    "once. A row without a value has no difference, nor has the row that would subtract it; NaN gives",
    "NaN. No operation leaves the table as it is, as does an operation in the historical form, with a",
    "second column b, which has never computed anything.",
  ].join("\n"),
  shape: {
    chained: { operations: "operations", reads: ["a"], makes: ["{column}"], shape: "gather" },
    otherwise: "fold",
  },
  params,
  example: { operations: [{ a: "totalRunTime", column: "change" }] },

  measure: (table, { operations }) =>
    meant(operations).map(({ a, lag }) => [tailOf(numbers(table, a), lag)]),

  merge: (a: Tail[][], b: Tail[][]) => a.map((tails, index) => [...tails, ...(b[index] ?? [])]),

  apply: (table, state, { operations }, { firstRow }) =>
    withColumns(
      table,
      meant(operations).map(({ a, column, lag }, index) => {
        const before = rowsBefore(state[index] ?? [], firstRow, lag);
        return differences(column, numbers(table, a), before, lag);
      }),
    ),

  run: (table, { operations }) =>
    meant(operations).reduce((sofar, { a, column, lag }) => {
      const before = rowsBefore([], 0, lag);
      return withColumns(sofar, [differences(column, numbers(sofar, a), before, lag)]);
    }, table),
});

const meant = (operations: Operations): Operations => operations.filter(({ b }) => b === undefined);

const numbers = (table: Table, name: string): NumericColumn =>
  asNumbers(table.column(name), "difference");
