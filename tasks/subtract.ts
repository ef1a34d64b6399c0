/** Subtract: see arithmeticTask for operands, dtypes and the order of operations. */
import { arithmeticTask } from "rtl/task";

export default arithmeticTask({
  name: "subtract",
  summary: "a column minus another, or minus a constant",
  description: "Whole numbers are computed exactly; each result is a float64 column.",
  compute(a, b, out, at) {
    for (let i = 0; i < a.length; i++) out[at + i] = (a[i] as number) - (b[i] as number);
  },
  exact: (a, b) => a - b,
});
