/**
 * What add, subtract, multiply, divide and power share: operations on two columns, or a column and a
 * constant, that each add a float64 column.
 */
import { z } from "zod";
import {
  columnOperand,
  combine,
  constantOperand,
  type Operator,
} from "../compute/arithmetic/operators.ts";
import { RtlError } from "../protocol/errors.ts";
import { bothValid, type Column, type NumericColumn, numericColumn } from "../table/column.ts";
import { asNumbers } from "../table/floats.ts";
import { type Table, withColumns } from "../table/table.ts";
import { defineTask, type RunTask } from "./define-task.ts";

const operand = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.number())], {
    error: "give a column's name, a number, or a list with a number for each row",
  })
  .describe("a column's name, a constant, or a list with a number for each row");
const arithmeticParams = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        a: z.string().describe("column"),
        b: operand,
        column: z.string().min(1).describe("name of the new column"),
      }),
    )
    .describe("done in order; each may use the columns of those before"),
});
type Operation = z.output<typeof arithmeticParams>["operations"][number];

export interface Arithmetic {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly operator: Operator;
}

/** A task that adds a column for each of its operations. */
export function arithmeticTask(arithmetic: Arithmetic): RunTask<z.output<typeof arithmeticParams>> {
  const { name, summary, description } = arithmetic;
  return defineTask({
    name,
    summary,
    ...(description !== undefined && { description }),
    // A list has a number for each row of the whole table, so that it cannot be cut into chunks.
    shape: { param: "operations.*.b", shapes: { "[]": "gather" }, otherwise: "map" },
    params: arithmeticParams,
    example: { operations: [{ a: "price", b: 2, column: "result" }] },
    run: (table: Table, { operations }) =>
      operations.reduce(
        (sofar, operation) => withColumns(sofar, [computed(arithmetic, sofar, operation)]),
        table,
      ),
  });
}

function computed({ name, operator }: Arithmetic, table: Table, operation: Operation): Column {
  const { a, b, column } = operation;
  const left = asNumbers(table.column(a), name);
  const right = columnOf(name, table, b);
  const other = right === undefined ? constantOperand(Number(b)) : columnOperand(right);
  const values = combine(operator, columnOperand(left), other, table.rows);
  return numericColumn(column, values, { validity: bothValid(left.validity, right?.validity) });
}

/** The column that is meant; undefined for a constant. */
function columnOf(task: string, table: Table, b: Operation["b"]): NumericColumn | undefined {
  if (typeof b === "string") return asNumbers(table.column(b), task);
  if (!Array.isArray(b)) return undefined;
  if (b.length === table.rows) return numericColumn("b", Float64Array.from(b));
  throw new RtlError(
    "RTL_PARAMS_INVALID",
    `${task}: the list "b" has ${b.length} numbers, but the table has ${table.rows} rows`,
  );
}
