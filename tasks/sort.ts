/**
 * Sort rows, in the historical form by one column with ties by all others, or by any columns with
 * ties in row order. Chunks are sorted by themselves, and what they send is merged.
 */
import { defineTask, reorderRows, type SortColumn, sortOrder, type Table, z } from "rtl/task";

const byColumn = z.strictObject({
  column: z.string().describe("column"),
  descending: z.boolean().default(false).describe("the largest value first"),
});
const methods = ["quicksort", "heapsort", "mergesort", "stable"] as const;

const params = z
  .strictObject({
    by: z
      .union([z.string(), z.array(z.union([z.string(), byColumn]))], {
        error: "give a column's name, or a list of names and {column, descending}",
      })
      .optional()
      .describe("columns, the most significant first; ties keep their order"),
    column: z
      .string()
      .optional()
      .describe(
        "historical form: the column; ties are ordered by the other columns, in table order",
      ),
    axis: z
      .union([z.literal(0), z.literal(-1)], { error: "give 0 or -1: a table has one axis" })
      .optional()
      .describe("historical form: 0 or -1, which are the same"),
    method: z
      .enum(methods, { error: `give one of ${methods.join(" ")}` })
      .optional()
      .describe("historical form: which one makes no difference"),
  })
  .superRefine(({ by, column, axis, method }, issues) => {
    const historical = { column, axis, method };
    for (const [key, value] of Object.entries(historical)) {
      if (by === undefined && value === undefined) {
        const message = `the key "${key}" is missing; or give "by": [columns] alone`;
        issues.addIssue({ code: "custom", message });
      } else if (by !== undefined && value !== undefined) {
        issues.addIssue({ code: "custom", message: `"by" goes without "${key}"`, path: [key] });
      }
    }
  });
type Params = z.output<typeof params>;

const sorted = (table: Table, { by, column = "" }: Params): Table => {
  const columns = by === undefined ? historicalOrder(table, column) : givenOrder(table, by);
  return reorderRows(table, sortOrder(columns, table.rows).order);
};

export default defineTask({
  name: "sort",
  summary: "put rows in order by one or more columns",
  description: [
    "by: names, or {column, descending}; rows that are equal in all of them keep their order. In the",
    "historical form {axis, method, column} rows ascend by the column, and equal ones by the other",
    "columns in table order, whatever the method. Either way NaN comes after all numbers and rows",
    "without a value after NaN, also where the order is descending; -0 equals 0; text is ordered by",
    "code point, false before true; int64 is exact.",
  ].join("\n"),
  shape: "reduce",
  params,
  example: { by: [{ column: "totalRunTime", descending: true }, "stageName"] },
  partial: sorted,
  combine: sorted,
});

const givenOrder = (table: Table, by: NonNullable<Params["by"]>): SortColumn[] =>
  (typeof by === "string" ? [by] : by).map((key) =>
    typeof key === "string"
      ? { column: table.column(key) }
      : { column: table.column(key.column), descending: key.descending },
  );

function historicalOrder(table: Table, name: string): SortColumn[] {
  const others = table.columns.filter((column) => column.name !== name);
  return [table.column(name), ...others].map((column) => ({ column }));
}
