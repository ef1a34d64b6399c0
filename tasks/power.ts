/** Power: see arithmeticTask for operands, dtypes and the order of operations. */
import { arithmeticTask, exponentiation } from "rtl/task";

export default arithmeticTask({
  name: "power",
  summary: "a column to the power of another, or of a constant",
  description: [
    "Each result is a float64 column, within 3 units in the last place; whole results below 2^53 are",
    "exact. Whole numbers may have negative exponents: 10 to the power of -1 is 0.1. What leaves the",
    "range of float64 is infinite or 0; nothing wraps.",
    "As in C: anything to the power of 0 is 1, also NaN; 1 to any power is 1; 0 to a negative power is",
    "infinite; a negative number to a power that is not whole is NaN.",
    "A row without a value stays without one.",
  ].join("\n"),
  operator: exponentiation,
});
