/** Rename: columns under other names, in place. */
import { byColumn, defineTask, makeTable, renamed, z } from "rtl/task";

const params = z.strictObject({
  columns: byColumn(z.string().min(1)).describe("new names by old ones: {old: new}"),
});

export default defineTask({
  name: "rename",
  aliases: ["renameColumns"],
  summary: "give columns other names",
  description: [
    "All at once, so that two columns can change names. A name that is not there, or two columns of",
    "one name afterwards, is an error. Columns keep their places.",
  ].join("\n"),
  shape: "map",
  params,
  example: { columns: { "1": "time", "2": "price" } },
  run(table, { columns }) {
    const names = new Map(Object.entries(columns));
    for (const old of names.keys()) table.column(old);
    return makeTable(
      table.columns.map((column) => renamed(column, names.get(column.name) ?? column.name)),
      table.rows,
    );
  },
});
