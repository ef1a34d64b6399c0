/** Where: the rows for which an expression is true. */
import {
  defineTask,
  expressionHelp,
  expressionParam,
  parseExpression,
  rowsWhere,
  takeRows,
  z,
} from "rtl/task";

const params = z.strictObject({
  expression: expressionParam.describe("a condition, as in: price > 10 and name in ('a', 'b')"),
});

export default defineTask({
  name: "where",
  aliases: ["query"],
  summary: "keep the rows for which an expression is true",
  description: [
    "Rows for which it is false, or neither because a value is missing, are dropped.",
    expressionHelp,
  ].join("\n"),
  shape: "map",
  params,
  example: { expression: "price > 10 and not isNull(name)" },
  run(table, { expression }) {
    const rows = rowsWhere(parseExpression(expression), table);
    return rows.length === table.rows ? table : takeRows(table, rows);
  },
});
