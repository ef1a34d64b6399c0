/**
 * Window functions: cumulative and rolling statistics, lag, lead and rank, over the whole table or
 * group by group. A window reaches across chunks, so that it gathers.
 */
import {
  type Column,
  cumulative,
  cumulativeMethods,
  defineTask,
  onePartition,
  type Partitions,
  partitionsBy,
  ranked,
  rolled,
  rollingMethods,
  shifted,
  shiftMethods,
  type Table,
  withColumns,
  z,
} from "rtl/task";

const methods = [...cumulativeMethods, ...rollingMethods, ...shiftMethods, "rank"] as const;
type Method = (typeof methods)[number];

const isOneOf = <M extends Method>(list: readonly M[], method: Method): method is M =>
  list.some((name) => name === method);

const operationParams = z
  .strictObject({
    method: z.enum(methods).describe("what to compute"),
    a: z.string().describe("column"),
    column: z.string().min(1).describe("name of the new column"),
    by: z
      .union([z.string(), z.array(z.string())], {
        error: "give a column's name, or a list of them",
      })
      .optional()
      .describe("columns whose equal values make a group; each group is like a table of its own"),
    rows: z
      .int()
      .min(1)
      .optional()
      .describe("of rolling methods: length of the window that ends at each row")
      .meta({ unit: "rows" }),
    minRows: z
      .int()
      .min(1)
      .optional()
      .describe("of rolling methods: values a window must hold; without it: all of its rows")
      .meta({ unit: "rows" }),
    offset: z
      .int()
      .min(1)
      .optional()
      .describe("of lag and lead: how far the other row is; without it: 1")
      .meta({ unit: "rows" }),
  })
  .refine(({ method, rows }) => isOneOf(rollingMethods, method) === (rows !== undefined), {
    path: ["rows"],
    message: 'rolling methods, and no others, need the length of their window, such as "rows": 7',
  })
  .refine(({ rows = 0, minRows }) => minRows === undefined || minRows <= rows, {
    path: ["minRows"],
    message: "only rolling methods have it, and no window holds more values than rows",
  })
  .refine(({ method, offset }) => offset === undefined || isOneOf(shiftMethods, method), {
    path: ["offset"],
    message: "only lag and lead have an offset",
  });
const params = z.strictObject({
  operations: z
    .array(operationParams)
    .describe("done in order; each may use the columns of those before"),
});
type Operation = z.output<typeof operationParams>;

export default defineTask({
  name: "window",
  aliases: ["rolling", "windowFunctions"],
  summary: "running totals, rolling statistics, lag, lead and rank, by group if wanted",
  description: [
    "cumulativeSum, -Min, -Max, -Count: over all rows so far. rollingSum, -Mean, -Min, -Max, -Std (of a",
    "sample, n - 1): over the `rows` rows that end at each row. lag, lead: the value `offset` rows",
    "before or after. rank: place in ascending order from 1, equal values share the mean of theirs.",
    "NaN counts as no value, as in pandas, and so do infinities in rolling methods. A row without a",
    "value does not count; it gets no cumulative value (but the count) and no rank, and a rolling one",
    "if enough others are in the window: `minRows`. Where there is no result there is no value (null).",
    "cumulativeSum of whole numbers is exact, int64 (uint64 of unsigned), and fails when it leaves",
    "that; rolling sums and means of int64 are exact before they become float64; min, max, lag and",
    "lead keep the dtype; rollingStd takes int64 as float64. With `by`, rows without a value in that",
    "column are one group. Rows keep their order.",
  ].join("\n"),
  shape: "gather",
  params,
  example: {
    operations: [{ method: "rollingMean", a: "totalRunTime", column: "smooth", rows: 7 }],
  },
  run: (table, { operations }) =>
    operations.reduce(
      (sofar, operation) => withColumns(sofar, [computed(sofar, operation)]),
      table,
    ),
});

function partitionsOf(table: Table, by: Operation["by"]): Partitions {
  if (by === undefined) return onePartition(table.rows);
  return partitionsBy(
    [by].flat().map((name) => table.column(name)),
    table.rows,
  );
}

function computed(table: Table, operation: Operation): Column {
  const { method, a, column: name, by, rows = 1, minRows = rows, offset = 1 } = operation;
  const column = table.column(a);
  const partitions = partitionsOf(table, by);
  if (method === "rank") return ranked(column, partitions, name);
  if (isOneOf(shiftMethods, method)) return shifted(method, column, partitions, offset, name);
  if (isOneOf(cumulativeMethods, method)) return cumulative(method, column, partitions, name);
  return rolled(method, column, partitions, { rows, valuesMin: minRows }, name);
}
