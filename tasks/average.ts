/** Average: the mean of a whole column, in every row. A fold over sums and counts. */
import {
  addSums,
  addTo,
  asNumbers,
  defineTask,
  floatReader,
  forBlocks,
  isNull,
  type NumericColumn,
  numericColumn,
  type Sum,
  sumOfBlock,
  totalOf,
  withColumns,
  z,
  zeroSum,
} from "rtl/task";

interface Counted extends Sum {
  readonly count: number;
}

const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        a: z.string().describe("column"),
        column: z.string().min(1).describe("name of the new column"),
      }),
    )
    .describe("one mean each; an operation may use the columns of those before"),
});
type Operations = z.output<typeof params>["operations"];

export default defineTask({
  name: "average",
  summary: "the mean of a column, as a new column with the same value in every row",
  description: "One NaN makes the mean NaN; rows without a value do not count.",
  shape: "fold",
  params,
  example: { operations: [{ a: "totalRunTime", column: "average" }] },

  measure: (table, { operations }) =>
    operations.map(({ a }, index): Counted => {
      // The mean of a column that an operation before made is that mean: nothing to measure.
      if (madeBefore(operations, index) !== undefined) return { ...zeroSum, count: 0 };
      return countedSum(asNumbers(table.column(a), "average"));
    }),

  merge: (a: Counted[], b: Counted[]) =>
    a.map((left, index): Counted => {
      const right = b[index] ?? { ...zeroSum, count: 0 };
      return { ...addSums(left, right), count: left.count + right.count };
    }),

  apply(table, state, { operations }) {
    const means: number[] = [];
    const columns = operations.map(({ column }, index) => {
      const { count, ...sum } = state[index] ?? { ...zeroSum, count: 0 };
      const earlier = madeBefore(operations, index);
      const mean = earlier === undefined ? totalOf(sum) / count : (means[earlier] ?? Number.NaN);
      means.push(mean);
      return numericColumn(column, new Float64Array(table.rows).fill(mean));
    });
    return withColumns(table, columns);
  },
});

/** The operation before this one that made the column which this one reads. */
function madeBefore(operations: Operations, index: number): number | undefined {
  const wanted = operations[index]?.a;
  const earlier = operations.findIndex(({ column }) => column === wanted);
  return earlier >= 0 && earlier < index ? earlier : undefined;
}

function countedSum(column: NumericColumn): Counted {
  const reader = floatReader(column);
  let sum = zeroSum;
  let count = 0;
  forBlocks(column.length, (start, end) => {
    const block = reader.read(start, end);
    if (column.validity === undefined) {
      sum = addTo(sum, sumOfBlock(block));
      count += block.length;
      return;
    }
    for (let row = start; row < end; row++) {
      if (isNull(column, row)) continue;
      sum = addTo(sum, block[row - start] ?? 0);
      count++;
    }
  });
  return { ...sum, count };
}
