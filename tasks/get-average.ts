/** Get average: each row becomes one row with its mean, as task_get_average of version 0.4 did it. */
import { defineTask, rowMeans, rowTable, z } from "rtl/task";

export default defineTask({
  name: "getAverage",
  summary: "the mean of each row, as a table with the one column 0",
  description: [
    "Rows keep their order. The mean is a float64; one NaN makes it NaN, and a row that lacks a value has",
    "none. Takes any parameters and ignores them. For the mean of some columns see crossAverage, for that",
    "of a whole column average.",
  ].join("\n"),
  shape: "map",
  params: z.looseObject({}),
  example: {},
  run: (table) => rowTable("getAverage", table, rowMeans),
});
