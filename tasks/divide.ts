/** Divide: true division of floats, whatever the dtypes. */
import { arithmeticTask, division } from "rtl/task";

export default arithmeticTask({
  name: "divide",
  summary: "a column divided by another, or by a constant",
  description: [
    "Both operands are taken as float64, also whole numbers, and so is the result. x / 0 is infinite",
    "with the sign of x and of the zero; 0 / 0 is NaN. A row without a value stays without one.",
  ].join("\n"),
  operator: division,
});
