/** Unique: of rows that are equal in some columns the last one, in the order of those columns. */
import { defineTask, reorderRows, sortOrder, type Table, takeRows, z } from "rtl/task";

const params = z.strictObject({
  a: z
    .union([z.string(), z.array(z.string()).min(1)], {
      error: "give a column's name, or a list of names",
    })
    .describe("column, or several that count together"),
  column: z.string().optional().describe("accepted and ignored, as it always was"),
});

export default defineTask({
  name: "unique",
  summary: "one row for each distinct value of a column: the last one, in ascending order",
  description: [
    "Keeps whole rows. -0 equals 0, all NaN are one value, and so is to have no value; NaN comes after",
    "all numbers and no value after NaN. Text is ordered by code point; int64 is exact.",
  ].join("\n"),
  shape: "reduce",
  params,
  example: { a: "stageName" },
  partial: lastRows,
  combine: lastRows,
});

function lastRows(table: Table, { a }: z.output<typeof params>): Table {
  const names = typeof a === "string" ? [a] : a;
  const by = names.map((name) => ({ column: table.column(name) }));
  const { order, ties } = sortOrder(by, table.rows);
  const kept = new Uint8Array(table.rows).fill(1);
  for (let tie = 0; tie < ties.count; tie++) {
    kept.fill(0, ties.starts[tie], (ties.ends[tie] ?? 1) - 1);
  }
  const rows = new Uint32Array(table.rows);
  let count = 0;
  for (let at = 0; at < table.rows; at++) {
    rows[count] = order === undefined ? at : (order[at] ?? 0);
    count += kept[at] ?? 0;
  }
  if (count === table.rows && order === undefined) return table;
  const last = rows.subarray(0, count);
  return 2 * count > table.rows ? reorderRows(table, last) : takeRows(table, last);
}
