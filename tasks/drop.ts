/** Drop: the table without some of its columns. */
import { columnNames, columnsNamed, defineTask, makeTable, z } from "rtl/task";

const params = z.strictObject({
  columns: columnNames.describe("names, or patterns of names: debug_*, ? for one character"),
  missing: z
    .enum(["error", "ignore"])
    .default("error")
    .describe("what happens when a name or pattern fits no column"),
});

export default defineTask({
  name: "drop",
  aliases: ["dropColumns"],
  summary: "remove columns",
  description: "Rows are kept, even when no column is left.",
  shape: "map",
  params,
  example: { columns: ["debug_*"], missing: "ignore" },
  run(table, { columns, missing }) {
    const dropped = new Set(columnsNamed(table, columns, missing));
    if (dropped.size === 0) return table;
    return makeTable(
      table.columns.filter(({ name }) => !dropped.has(name)),
      table.rows,
    );
  },
});
