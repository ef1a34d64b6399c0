/**
 * What add, subtract, multiply and divide share: operations on two columns, or a column and a
 * constant, that each add a float64 column.
 */
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import { bothValid, type Column, type NumericColumn, numericColumn } from "../table/column.ts";
import { asNumbers, constantReader, type FloatReader, floatReader } from "../table/floats.ts";
import { forBlocks } from "../table/kernels.ts";
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

/** One operator. */
export interface Arithmetic {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** Writes the results of `a` and `b`, which are equally long, into `out` from `at` on. */
  compute(a: Float64Array, b: Float64Array, out: Float64Array, at: number): void;
  /** The same for whole numbers beyond 2^53; absent where float64 operands are the definition. */
  exact?(a: bigint, b: bigint): bigint;
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

interface Operand {
  readonly reader: FloatReader;
  readonly validity: Uint8Array | undefined;
  /** The value of a row as a whole number; undefined when the operand is not one throughout. */
  readonly whole: ((row: number) => bigint) | undefined;
}

function computed(arithmetic: Arithmetic, table: Table, { a, b, column }: Operation): Column {
  const left = columnOperand(asNumbers(table.column(a), arithmetic.name));
  const right = operandOf(arithmetic.name, table, b);
  const out = new Float64Array(table.rows);
  const { exact } = arithmetic;
  forBlocks(table.rows, (start, end) => {
    arithmetic.compute(left.reader.read(start, end), right.reader.read(start, end), out, start);
    if (left.reader.exact() && right.reader.exact()) return;
    if (exact === undefined || left.whole === undefined || right.whole === undefined) return;
    for (let row = start; row < end; row++) {
      out[row] = Number(exact(left.whole(row), right.whole(row)));
    }
  });
  return numericColumn(column, out, { validity: bothValid(left.validity, right.validity) });
}

function operandOf(task: string, table: Table, b: Operation["b"]): Operand {
  if (typeof b === "string") return columnOperand(asNumbers(table.column(b), task));
  if (Array.isArray(b)) return columnOperand(listColumn(task, table.rows, b));
  const value = Number(b);
  const whole = Number.isInteger(value) ? BigInt(value) : undefined;
  return {
    reader: constantReader(value),
    validity: undefined,
    whole: whole === undefined ? undefined : () => whole,
  };
}

function columnOperand(column: NumericColumn): Operand {
  const { values, validity, dtype } = column;
  const whole = dtype.startsWith("<f") ? undefined : (row: number) => BigInt(values[row] ?? 0);
  return { reader: floatReader(column), validity, whole };
}

function listColumn(task: string, rows: number, list: readonly number[]): NumericColumn {
  if (list.length === rows) return numericColumn("b", Float64Array.from(list));
  throw new RtlError(
    "RTL_PARAMS_INVALID",
    `${task}: the list "b" has ${list.length} numbers, but the table has ${rows} rows`,
  );
}
