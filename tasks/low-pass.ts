/** Low-pass: see filterTask for parameters and the filter's design. */
import { filterTask } from "rtl/task";

export default filterTask("lowPass", "keep what is slower than a cutoff frequency");
