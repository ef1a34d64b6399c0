/** Band-stop: see filterTask for parameters and the filter's design. */
import { filterTask } from "rtl/task";

export default filterTask("bandStop", "take away what lies between two frequencies");
