/** Log: the natural logarithm of a column. */
import { columnFunctionTask, naturalLog } from "rtl/task";

export default columnFunctionTask({
  name: "log",
  summary: "the natural logarithm of a column",
  description: [
    "Each result is a float64 column, within 2 units in the last place. The logarithm of 0 is -Infinity,",
    "that of a negative number NaN. A row without a value stays without one.",
  ].join("\n"),
  compute: naturalLog,
});
