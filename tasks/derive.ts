/** Derive: new columns computed by expressions, each in one loop over all the columns it reads. */
import {
  computeColumn,
  defineTask,
  expressionHelp,
  expressionParam,
  parseExpression,
  rowPlace,
  withColumns,
  z,
} from "rtl/task";

const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        column: z.string().min(1).describe("name of the new column"),
        expression: expressionParam.describe("what it holds, as in: price * (1 + rate / 100)"),
      }),
    )
    .describe("done in order; each may use the columns of those before"),
});

export default defineTask({
  name: "derive",
  aliases: ["mutate", "assign"],
  summary: "new columns by expressions over other columns",
  description: [
    "A new column is float64, int64, bool or text, as its expression is; a bare column is copied.",
    expressionHelp,
  ].join("\n"),
  shape: "map",
  params,
  example: {
    operations: [
      { column: "total", expression: "price * amount" },
      { column: "size", expression: "if(total > 100, 'large', 'small')" },
    ],
  },
  run(table, { operations }, context) {
    const placeOf = (row: number) => rowPlace(row, context);
    return operations.reduce(
      (sofar, { column, expression }) =>
        withColumns(sofar, [computeColumn(parseExpression(expression), sofar, column, placeOf)]),
      table,
    );
  },
});
