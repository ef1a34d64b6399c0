/** Sample: some rows, chosen by chance but always the same ones, however the table is cut. */
import { defineTask, rowsAmongFirst, type Table, takeRows, z } from "rtl/task";

const params = z
  .strictObject({
    n: z.int().min(0).optional().describe("how many rows; all of them if there are fewer"),
    fraction: z.number().min(0).max(1).optional().describe("which part of the rows, instead of n"),
    seed: z.int().default(0).describe("another seed chooses other rows"),
  })
  .refine(({ n, fraction }) => (n === undefined) !== (fraction === undefined), {
    error: "give either n or fraction",
  });
type Params = z.output<typeof params>;

export default defineTask({
  name: "sample",
  aliases: ["randomSample"],
  summary: "a random choice of rows, the same for the same seed",
  description: [
    "Exactly n rows, or the fraction of all rows rounded to a whole number, each at most once and in",
    "the order of the table. A row is chosen by its place in a random order of all row numbers, which",
    "follows from the seed and the number of rows: the values of the rows play no part.",
  ].join("\n"),
  shape: "fold",
  params,
  example: { n: 1000, seed: 7 },
  measure: (table: Table) => table.rows,
  merge: (a: number, b: number) => a + b,
  apply(table: Table, total: number, { n, fraction = 0, seed }: Params, { firstRow }) {
    const wanted = n ?? Math.round(fraction * total);
    return takeRows(table, rowsAmongFirst(wanted, total, seed, firstRow, table.rows));
  },
});
