/** Average: the mean of a whole column, in every row. A fold over sums and counts. */
import {
  addSums,
  addTo,
  addWholeSums,
  asNumbers,
  columnMemory,
  defineTask,
  forPresent,
  type NumericColumn,
  numericColumn,
  type Sum,
  sumOfBlock,
  totalOf,
  type WholeSum,
  wholeMeanOf,
  wholeSumOf,
  withColumns,
  z,
  zeroSum,
} from "rtl/task";

interface FloatSum extends Sum {
  readonly count: number;
}
/** Of int64 and uint64 the exact sum. */
type Counted = FloatSum | WholeSum;

const nothing: FloatSum = { ...zeroSum, count: 0 };

const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        a: z.string().describe("column"),
        column: z.string().min(1).describe("name of the new column"),
      }),
    )
    .describe("done in order; each may use the columns of those before"),
});
type Operations = z.output<typeof params>["operations"];

export default defineTask({
  name: "average",
  summary: "the mean of a column, as a new column with the same value in every row",
  description: [
    "The mean is a float64; of int64 and uint64 it comes of the exact sum, however large. One NaN makes",
    "it NaN. Rows without a value do not count, and get the mean like all others; without any value",
    "it is NaN.",
  ].join("\n"),
  shape: "fold",
  params,
  example: { operations: [{ a: "totalRunTime", column: "average" }] },

  measure: (table, { operations }) =>
    operations.map(({ a }, index): Counted => {
      // The mean of a column that an operation before made is that mean: nothing to measure.
      if (madeBefore(operations, index) !== undefined) return nothing;
      return countedSum(asNumbers(table.column(a), "average"));
    }),

  merge: (a: Counted[], b: Counted[]) => a.map((left, index) => added(left, b[index] ?? nothing)),

  apply(table, state, { operations }) {
    const means: number[] = [];
    const columns = operations.map(({ column }, index) => {
      const earlier = madeBefore(operations, index);
      const mean = earlier === undefined ? meanOf(state[index] ?? nothing) : means[earlier];
      means.push(mean ?? Number.NaN);
      return numericColumn(column, columnMemory("<f8", table.rows).fill(mean ?? Number.NaN));
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
  const whole = wholeSumOf(column);
  if (whole !== undefined) return whole;
  let sum = zeroSum;
  let count = 0;
  forPresent(column, (block) => {
    sum = addTo(sum, sumOfBlock(block));
    count += block.length;
  });
  return { ...sum, count };
}

function added(a: Counted, b: Counted): Counted {
  if ("low" in a && "low" in b) return addWholeSums(a, b);
  if ("low" in a || "low" in b) return "low" in a ? a : b;
  return { ...addSums(a, b), count: a.count + b.count };
}

const meanOf = (counted: Counted): number =>
  "low" in counted ? wholeMeanOf(counted) : totalOf(counted) / counted.count;
