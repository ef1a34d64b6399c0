/** Divide: true division of floats, whatever the dtypes. */
import { arithmeticTask } from "rtl/task";

export default arithmeticTask({
  name: "divide",
  summary: "a column divided by another, or by a constant",
  description: "x / 0 is infinite with the sign of x and of the zero; 0 / 0 is NaN.",
  compute(a, b, out, at) {
    for (let i = 0; i < a.length; i++) out[at + i] = (a[i] as number) / (b[i] as number);
  },
});
