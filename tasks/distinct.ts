/** Distinct: each row once. Chunks hand on their own distinct rows, of which the first ones are kept. */
import {
  columnNames,
  columnsNamed,
  defineTask,
  firstRows,
  type Table,
  takeRows,
  z,
} from "rtl/task";

const params = z.strictObject({
  columns: columnNames
    .optional()
    .describe("names or patterns of the columns that tell rows apart; all of them if left out"),
});
type Params = z.output<typeof params>;

export default defineTask({
  name: "distinct",
  aliases: ["dropDuplicates", "distinctRows"],
  summary: "keep each row once, the first of those that are equal",
  description: [
    "Rows keep their order and all their columns. NaN equals NaN, 0 equals -0, and a row without a",
    "value equals another one without. unique, in contrast, sorts, and keeps the last row.",
  ].join("\n"),
  shape: "reduce",
  params,
  example: { columns: ["user", "day"] },
  partial: distinctRows,
  combine: distinctRows,
});

function distinctRows(table: Table, { columns }: Params): Table {
  const named = columnsNamed(table, columns ?? table.names).map((name) => table.column(name));
  const rows = firstRows(named, table.rows);
  return rows.length === table.rows ? table : takeRows(table, rows);
}
