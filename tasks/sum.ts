/** Sum: each row becomes one row with the sum of its numbers, as task_sum of version 0.4 did it. */
import { defineTask, rowSums, rowTable, z } from "rtl/task";

export default defineTask({
  name: "sum",
  summary: "the sum of each row, as a table with the one column 0",
  description: [
    "Rows keep their order. The sum is a float64, of whole numbers exact also beyond 2^53; one NaN makes it",
    "NaN, and a row that lacks a value has no sum. Takes any parameters and ignores them.",
  ].join("\n"),
  shape: "map",
  params: z.looseObject({}),
  example: {},
  run: (table) => rowTable("sum", table, rowSums),
});
