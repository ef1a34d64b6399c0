/** Makes a table of numbers out of nothing, so that a pipeline can be measured without a file. */
import { defineTask, makeTable, numericColumn, z } from "rtl/task";

export default defineTask({
  name: "benchNumbers",
  summary: "float64 columns of numbers that follow from the row",
  shape: "source",
  params: z.strictObject({
    rows: z.int().min(0),
    columns: z.array(z.string()).min(1),
  }),
  example: { rows: 1_000, columns: ["a", "b"] },

  measure: ({ rows }) => ({ units: rows, unit: "rows" as const, unitsMin: 4_096 }),

  run(_table, { rows, columns }, { range = { start: 0, end: rows } }) {
    const length = range.end - range.start;
    return makeTable(
      columns.map((name, column) => {
        const values = new Float64Array(length);
        // Whole numbers from 1 to 997, another order in each column.
        for (let i = 0; i < length; i++) {
          values[i] = 1 + (((range.start + i) * (2 * column + 7)) % 997);
        }
        return numericColumn(name, values);
      }),
      length,
    );
  },
});
