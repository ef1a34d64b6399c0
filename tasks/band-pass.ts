/** Band-pass: see filterTask for parameters and the filter's design. */
import { filterTask } from "rtl/task";

export default filterTask("bandPass", "keep what lies between two frequencies");
