/** Cross average: the mean of several columns in each row. */
import { acrossTask, rowMeans } from "rtl/task";

export default acrossTask({
  name: "crossAverage",
  aliases: ["averageCross"],
  summary: "the mean of several columns in each row",
  description: [
    "Each result is a float64 column: the sum of the row's numbers divided by how many columns are named.",
    "One NaN makes it NaN, and a row that lacks one of the values gets none. Whole numbers are summed",
    "exactly, also beyond 2^53.",
  ].join("\n"),
  compute: rowMeans,
});
