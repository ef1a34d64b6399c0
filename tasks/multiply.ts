/** Multiply: see arithmeticTask for operands, dtypes and the order of operations. */
import { arithmeticTask, multiplication } from "rtl/task";

export default arithmeticTask({
  name: "multiply",
  summary: "the product of two columns, or of a column and a constant",
  description: [
    "Each result is a float64 column. Whole numbers are multiplied exactly, also beyond 2^53, and",
    "nothing wraps: the result is the float64 nearest to the true product. A row without a value stays",
    "without one.",
  ].join("\n"),
  operator: multiplication,
});
