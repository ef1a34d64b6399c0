/** Sum: each row becomes one row with the sum of its numbers, as task_sum of version 0.4 did it. */
import {
  asNumbers,
  bothValid,
  defineTask,
  floatReader,
  forBlocks,
  makeTable,
  numericColumn,
  z,
} from "rtl/task";

export default defineTask({
  name: "sum",
  summary: "the sum of each row, as a table with the one column 0",
  description: [
    "Rows keep their order. The sum is a float64; a row that lacks a value has no sum.",
    "Takes any parameters and ignores them.",
  ].join("\n"),
  shape: "map",
  params: z.looseObject({}),
  example: {},

  run(table) {
    const sums = new Float64Array(table.rows);
    let validity: Uint8Array | undefined;
    for (const column of table.columns) {
      const numbers = asNumbers(column, "sum");
      const reader = floatReader(numbers);
      forBlocks(table.rows, (start, end) => {
        const block = reader.read(start, end);
        for (let i = start; i < end; i++) {
          sums[i] = (sums[i] as number) + (block[i - start] as number);
        }
      });
      validity = bothValid(validity, numbers.validity);
    }
    return makeTable([numericColumn("0", sums, { validity })]);
  },
});
