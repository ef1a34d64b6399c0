/** Cross max: the largest of several columns in each row. */
import { acrossTask, rowMaxima } from "rtl/task";

export default acrossTask({
  name: "crossMax",
  aliases: ["maxCross"],
  summary: "the largest of several columns in each row",
  description: [
    "Each result is a float64 column. One NaN makes it NaN, and a row that lacks one of the values gets",
    "none.",
  ].join("\n"),
  compute: rowMaxima,
});
