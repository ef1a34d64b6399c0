/** Select: some columns of the table, in the order wanted. */
import { columnNames, columnsNamed, defineTask, makeTable, z } from "rtl/task";

const params = z.strictObject({
  columns: columnNames.describe("names, or patterns of names: price_*, ? for one character"),
});

export default defineTask({
  name: "select",
  aliases: ["selectColumns"],
  summary: "keep some columns, in the order given",
  description: [
    "The columns of a pattern come in the table's order; a column named twice comes where it is",
    "named first. A name or pattern that fits no column is an error.",
  ].join("\n"),
  shape: "map",
  params,
  example: { columns: ["name", "price_*"] },
  run(table, { columns }) {
    const kept = columnsNamed(table, columns).map((name) => table.column(name));
    return makeTable(kept, table.rows);
  },
});
