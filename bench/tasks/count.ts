/** Counts rows: reads a whole table, and hands on next to nothing of it. */
import { defineTask, makeTable, numericColumn, z } from "rtl/task";

export default defineTask({
  name: "benchCount",
  summary: "the number of rows, as a table of one row",
  shape: "gather",
  params: z.strictObject({}),
  example: {},
  run: (table) => makeTable([numericColumn("rows", Float64Array.of(table.rows))], 1),
});
