/**
 * Multiply rows: the product of each row, or each row by itself, which is what task_multiply of version
 * 0.4 did.
 */
import {
  asNumbers,
  columnOperand,
  combine,
  defineTask,
  makeTable,
  multiplication,
  numericColumn,
  rowProducts,
  rowTable,
  type Table,
  z,
} from "rtl/task";

export default defineTask({
  name: "multiplyRows",
  summary: "the product of each row, or each row multiplied by itself",
  description: [
    "Rows keep their order, results are float64. by: columns gives a table with the one column 0: the",
    "product of all numbers of a row; one NaN makes it NaN, and a row that lacks a value has none.",
    "by: itself multiplies every number by itself, as task_multiply of version 0.4 does, and gives columns",
    "0, 1, 2 and so on; a number that is missing stays missing, and whole numbers are multiplied exactly.",
    "Ignores any other parameters.",
  ].join("\n"),
  shape: "map",
  params: z.looseObject({
    by: z
      .enum(["columns", "itself"])
      .default("columns")
      .describe("what a number is multiplied by: the others of its row, or itself"),
  }),
  example: { by: "columns" },
  run: (table, { by }) =>
    by === "itself" ? squares(table) : rowTable("multiplyRows", table, rowProducts),
});

function squares(table: Table): Table {
  const columns = table.columns.map((column, position) => {
    const numbers = asNumbers(column, "multiplyRows");
    const operand = columnOperand(numbers);
    const values = combine(multiplication, operand, operand, table.rows);
    return numericColumn(String(position), values, { validity: numbers.validity });
  });
  return makeTable(columns, table.rows);
}
