/**
 * Group by: one row for each combination of keys, with counts, sums and the like of its rows. Chunks
 * send states of their groups; only medians, quantiles and distinct counts must see all rows.
 */
import {
  asNumbers,
  type Column,
  countedRows,
  defineTask,
  finishedStates,
  groupDistinct,
  groupQuantiles,
  groupRows,
  makeTable,
  mergedStates,
  numericColumn,
  type PartialMethod,
  partialStates,
  type RowGroups,
  renamed,
  reorderRows,
  sortOrder,
  type Table,
  takeColumn,
  validityOf,
  wholeNumbers,
  z,
} from "rtl/task";

const partialMethods = [
  ...["count", "sum", "mean", "min", "max"],
  ...["std", "var", "first", "last"],
] as [PartialMethod, ...PartialMethod[]];
const wholeMethods = ["median", "quantile", "countDistinct"] as const;
const methods = [...partialMethods, ...wholeMethods] as const;

const operation = z
  .strictObject({
    method: z
      .enum(methods, { error: `give one of ${methods.join(" ")}` })
      .describe("what to compute of each group"),
    a: z.string().optional().describe("column; count may go without, and counts rows then"),
    column: z.string().min(1).describe("name of the new column"),
    q: z.number().min(0).max(1).optional().describe("of quantile: which one, from 0 to 1"),
    ddof: z
      .int()
      .min(0)
      .default(1)
      .describe("of std and var: divide by the rows less this; 0 for a whole population"),
  })
  .superRefine(({ method, a, q }, issues) => {
    if (a === undefined && method !== "count") {
      issues.addIssue({ code: "custom", message: `${method} needs "a", the column to look at` });
    }
    if ((q === undefined) === (method === "quantile")) {
      const message =
        method === "quantile" ? 'quantile needs "q", from 0 to 1' : `${method} takes no "q"`;
      issues.addIssue({ code: "custom", message });
    }
  });
const params = z.strictObject({
  by: z.array(z.string()).describe("key columns; an empty list makes all rows one group"),
  operations: z.array(operation).describe("each adds a column"),
  skipNaN: z.boolean().default(false).describe("leave NaN out, like rows without a value"),
});
type Params = z.output<typeof params>;
type Operation = Params["operations"][number];

export default defineTask({
  name: "groupBy",
  summary: "one row for each group of equal keys, with counts, sums, means, extremes or quantiles",
  description: [
    "The result has the key columns and a column for each operation, and is in ascending order of the",
    "keys: NaN after all numbers, no value after NaN, each a group of its own. Methods: count, sum,",
    "mean, min, max, std, var, first, last (by row order), median, quantile (linear between the two",
    "nearest values), countDistinct. Rows without a value do not count; NaN does, and makes sum, mean,",
    "min, max, std, var, median and quantile NaN, unless skipNaN. Where no row counts, count and sum",
    "are 0 and the others have no value, as std and var where there are not more rows than ddof.",
    "Whole numbers and booleans are summed exactly as int64 (unsigned ones as uint64), beyond which it",
    "fails; mean, std, var and quantiles are float64. min, max, first and last keep the dtype, text",
    "too. median, quantile and countDistinct gather all rows on one node; the others do not.",
  ].join("\n"),
  shape: {
    param: "operations.*.method",
    shapes: { median: "gather", quantile: "gather", countDistinct: "gather" },
    otherwise: "reduce",
  },
  params,
  example: {
    by: ["stageName"],
    operations: [
      { method: "count", column: "jobs" },
      { method: "mean", a: "totalRunTime", column: "meanRunTime" },
    ],
  },

  partial(table, { by, operations, skipNaN }) {
    const groups = groupRows(
      by.map((name) => table.column(name)),
      table.rows,
    );
    const states = operations.flatMap((wanted, index) =>
      isPartial(wanted.method)
        ? partialStates(
            wanted.method,
            columnOf(table, wanted, groups),
            partOf(groups),
            skipNaN,
          ).map((state, place) => renamed(state, `${index}.${place}`))
        : [],
    );
    return makeTable([...keysOf(table, by, groups), ...states], groups.count);
  },

  combine(partials, { by, operations, skipNaN }) {
    const keys = by.map((_, index) => `key ${index}`);
    const groups = groupRows(
      keys.map((name) => partials.column(name)),
      partials.rows,
    );
    const made = operations.flatMap((wanted, index) => {
      if (!isPartial(wanted.method)) return [];
      const states = partials.columns.filter(({ name }) => name.startsWith(`${index}.`));
      const merged = mergedStates(wanted.method, states, partOf(groups));
      return finished(wanted, merged, skipNaN);
    });
    const restored = makeTable(
      keys.map((name, index) => renamed(partials.column(name), by[index] ?? "")),
      partials.rows,
    );
    return inOrder(restored, by, groups, made);
  },

  run(table, { by, operations, skipNaN }) {
    const groups = groupRows(
      by.map((name) => table.column(name)),
      table.rows,
    );
    const made = operations.map((wanted) => {
      const column = columnOf(table, wanted, groups);
      if (isPartial(wanted.method)) {
        const states = partialStates(wanted.method, column, partOf(groups), skipNaN);
        return finished(wanted, states, skipNaN);
      }
      return renamed(wholeResult(wanted, column, groups, skipNaN), wanted.column);
    });
    return inOrder(table, by, groups, made);
  },
});

const isPartial = (method: Operation["method"]): method is PartialMethod =>
  (partialMethods as readonly string[]).includes(method);

const partOf = ({ ids, count }: RowGroups) => ({ ids, groups: count });

/** The column of an operation; numbers where its method needs them. */
function columnOf(table: Table, { method, a }: Operation, groups: RowGroups): Column {
  // Every row counts where no column is named.
  if (a === undefined) return numericColumn("rows", groups.ids);
  const column = table.column(a);
  const anyKind = ["count", "min", "max", "first", "last", "countDistinct"];
  return anyKind.includes(method) ? column : asNumbers(column, `groupBy: ${method}`);
}

function keysOf(table: Table, by: readonly string[], { first }: RowGroups): Column[] {
  return by.map((name, index) => renamed(takeColumn(table.column(name), first), `key ${index}`));
}

function finished(
  { method, a = "", column, ddof }: Operation,
  states: readonly Column[],
  skipNaN: boolean,
): Column {
  const made = finishedStates(method as PartialMethod, states, { skipNaN, ddof, name: a });
  return renamed(made, column);
}

/** What only all rows together tell. */
function wholeResult(
  { method, q = 0.5 }: Operation,
  column: Column,
  groups: RowGroups,
  skipNaN: boolean,
): Column {
  const counted = countedRows(column, groups.ids, skipNaN);
  if (method === "countDistinct") {
    return numericColumn("", wholeNumbers(groupDistinct(counted, groups.count)));
  }
  const numbers = { ...counted, column: asNumbers(counted.column, `groupBy: ${method}`) };
  const present = new Float64Array(groups.count);
  for (const id of counted.ids) present[id] = 1;
  const values = groupQuantiles(numbers, groups.count, q);
  return numericColumn("", values, { validity: validityOf(present) });
}

/** Keys and results in ascending order of the keys. */
function inOrder(
  table: Table,
  by: readonly string[],
  { first, count }: RowGroups,
  made: readonly Column[],
): Table {
  const keys = by.map((name) => takeColumn(table.column(name), first));
  const { order } = sortOrder(
    keys.map((column) => ({ column })),
    count,
  );
  return reorderRows(makeTable([...keys, ...made], count), order);
}
