/** High-pass: see filterTask for parameters and the filter's design. */
import { filterTask } from "rtl/task";

export default filterTask("highPass", "keep what is faster than a cutoff frequency");
