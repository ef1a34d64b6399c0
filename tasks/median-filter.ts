/** Median filter: the median of the rows around each row, which takes single outliers away. */
import { defineTask, movingMedian, signalOperations, withSignals, z } from "rtl/task";

const SUFFIX = "Median";

export default defineTask({
  name: "medianFilter",
  aliases: ["movingMedian"],
  summary: "the median of the rows around each row: takes away outliers and keeps edges",
  description: [
    "Each result is the median of size rows, with its own row in the middle. Beyond the ends the first",
    'and the last value go on: scipy.ndimage.median_filter with mode "nearest".',
    "Results are float64. NaN, infinite numbers and rows without a value are refused.",
  ].join("\n"),
  shape: "gather",
  params: z.strictObject({
    operations: signalOperations(`{a}${SUFFIX}`),
    size: z
      .int()
      .min(1)
      .max(100_001)
      .refine((size) => size % 2 === 1, {
        error: "give an odd number, so that one row is the middle",
      })
      .default(5)
      .describe("rows that each median is taken of; an odd number"),
  }),
  example: { operations: [{ a: "pressure" }], size: 5 },
  run: (table, { operations, size }) =>
    withSignals(table, operations, SUFFIX, "medianFilter", (values) => movingMedian(values, size)),
});
