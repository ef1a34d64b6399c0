/** Subtract: see arithmeticTask for operands, dtypes and the order of operations. */
import { arithmeticTask, subtraction } from "rtl/task";

export default arithmeticTask({
  name: "subtract",
  summary: "a column minus another, or minus a constant",
  description: [
    "Each result is a float64 column. Whole numbers are subtracted exactly, also beyond 2^53, and",
    "nothing wraps: the result is the float64 nearest to the true difference. A row without a value",
    "stays without one.",
  ].join("\n"),
  operator: subtraction,
});
