/** Top k: the rows with the largest or smallest values of a column. Each chunk sends its own k. */
import { defineTask, leadingRows, type Table, takeRows, z } from "rtl/task";

const params = z.strictObject({
  k: z.int().min(0).describe("rows to keep, if there are as many"),
  column: z.string().describe("column"),
  order: z
    .enum(["largest", "smallest"], { error: "give largest or smallest" })
    .default("largest")
    .describe("which values come first"),
});

export default defineTask({
  name: "topK",
  aliases: ["top"],
  summary: "the k rows with the largest or smallest values of a column, in that order",
  description: [
    "Rows with equal values keep their order, so that the earlier ones are kept. NaN comes after all",
    "numbers and rows without a value after NaN, whichever values are wanted: they are kept only where",
    "there are not k numbers. Text is ordered by code point; int64 is exact.",
  ].join("\n"),
  shape: "reduce",
  params,
  example: { k: 10, column: "totalRunTime" },
  partial: leading,
  combine: leading,
});

function leading(table: Table, { k, column, order }: z.output<typeof params>): Table {
  const by = { column: table.column(column), descending: order === "largest" };
  return takeRows(table, leadingRows(by, k));
}
