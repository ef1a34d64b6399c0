/** Filter rows by comparisons of one column with one value, all of them in one pass. */
import {
  type Comparison,
  type Condition,
  defineTask,
  findRows,
  RtlError,
  type Table,
  takeRows,
  z,
} from "rtl/task";

/** The comparison of column and value that each method stands for. */
const comparisons = {
  eq: "==",
  ne: "!=",
  lt: ">",
  gt: "<",
  le: ">=",
  ge: "<=",
  "==": "==",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
} as const satisfies Record<string, Comparison>;
type Method = keyof typeof comparisons;

const methods = Object.keys(comparisons) as [Method, ...Method[]];
const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        column: z.string().describe("column"),
        value: z
          .union([z.string(), z.number(), z.boolean(), z.null()], {
            error: "give a number, a text, true, false or null",
          })
          .describe("what the column is compared with"),
        method: z
          .enum(methods, { error: `give one of ${methods.join(" ")}` })
          .describe("how they compare; lt, gt, le and ge read value before column"),
      }),
    )
    .describe("done in order, each on the rows that are left"),
});
type Operation = z.output<typeof params>["operations"][number];

export default defineTask({
  name: "filterRows",
  aliases: ["filter"],
  summary: "keep the rows whose column compares as wanted with a value",
  description: [
    "Methods: eq, ne, and == != < <= > >= as everyone reads them: column < value.",
    "The methods lt gt le ge are historical and read the other way round, value before column:",
    '"lt" keeps rows where the column is GREATER than the value, "gt" where it is less, "le" where',
    'it is not less, "ge" where it is not greater. NaN and rows without a value survive only ne.',
  ].join("\n"),
  shape: "map",
  params,
  example: { operations: [{ column: "stageName", method: "==", value: 22 }] },
  run(table, { operations }, context) {
    const conditions = operations.map((operation) => conditionOf(table, operation));
    const { found, left } = findRows(conditions, table.rows);
    for (const rows of left) context.tally("=> Filtered Results: ({},)", rows);
    return found.length === table.rows ? table : takeRows(table, found);
  },
});

function conditionOf(table: Table, { column: name, value, method }: Operation): Condition {
  const column = table.column(name);
  const comparison = comparisons[method];
  const alike = column.kind === "text" ? typeof value === "string" : typeof value !== "string";
  if (value !== null && alike) {
    return { column, comparison, value: typeof value === "boolean" ? Number(value) : value };
  }
  // A value of another kind equals no row and differs from every one; it has no order with them.
  if (comparison === "!=" || comparison === "==") return { always: comparison === "!=" };
  const kind = value === null ? "null" : typeof value === "string" ? "a text" : "a number";
  const message = `column "${column.name}" (${column.dtype}) has no order with ${kind}`;
  throw new RtlError("RTL_PARAMS_INVALID", `filterRows: ${message}`, {
    fix: `method ${method} needs a value of the column's kind`,
  });
}
