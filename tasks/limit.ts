/** Limit: the first rows of a table, or the last ones. Chunks hand on no more rows than can matter. */
import { defineTask, sliceRows, type Table, z } from "rtl/task";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const params = z
  .strictObject({
    n: count.optional().describe("how many of the first rows"),
    last: count.optional().describe("how many of the last rows, instead of n"),
    offset: count.default(0).describe("rows to leave out before them; behind them with last"),
  })
  .refine(({ n, last }) => (n === undefined) !== (last === undefined), {
    error: "give either n or last",
  });
type Params = z.output<typeof params>;

export default defineTask({
  name: "limit",
  aliases: ["head"],
  summary: "the first rows, or the last ones",
  description: "Fewer rows than wanted are all of them. The order of rows is kept.",
  shape: "reduce",
  params,
  example: { n: 10, offset: 20 },
  partial: (table: Table, { n = 0, last, offset }: Params) =>
    last === undefined
      ? sliceRows(table, 0, offset + n)
      : sliceRows(table, table.rows - offset - last, table.rows),
  combine: (table: Table, { n = 0, last, offset }: Params) =>
    last === undefined
      ? sliceRows(table, offset, offset + n)
      : sliceRows(table, table.rows - offset - last, table.rows - offset),
});
