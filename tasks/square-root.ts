/** Square root of a column. */
import { columnFunctionTask, squareRoot } from "rtl/task";

export default columnFunctionTask({
  name: "squareRoot",
  summary: "the square root of a column",
  description: [
    "Each result is a float64 column. The square root of a negative number is NaN, that of -0 is -0.",
    "A row without a value stays without one.",
  ].join("\n"),
  compute: squareRoot,
});
