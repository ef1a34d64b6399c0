/**
 * What log and squareRoot share: operations that each add a float64 column with a function of every
 * number of another one. A row without a value stays without one.
 */
import { z } from "zod";
import { numericColumn } from "../table/column.ts";
import { asNumbers, floatReader } from "../table/floats.ts";
import { forBlocks } from "../table/kernels.ts";
import { columnMemory } from "../table/memory.ts";
import { type Table, withColumns } from "../table/table.ts";
import { defineTask, type RunTask } from "./define-task.ts";

const functionParams = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        a: z.string().describe("column"),
        column: z.string().min(1).describe("name of the new column"),
      }),
    )
    .describe("done in order; each may use the columns of those before"),
});

export interface ColumnFunction {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** Writes the function of each number of a block into `to`, which is as long. */
  compute(from: Float64Array, to: Float64Array): void;
}

/** A task that adds a column for each of its operations. */
export function columnFunctionTask({
  name,
  summary,
  description,
  compute,
}: ColumnFunction): RunTask<z.output<typeof functionParams>> {
  return defineTask({
    name,
    summary,
    description,
    shape: "map",
    params: functionParams,
    example: { operations: [{ a: "price", column: "result" }] },
    run: (table: Table, { operations }) =>
      operations.reduce((sofar, { a, column }) => {
        const numbers = asNumbers(sofar.column(a), name);
        const reader = floatReader(numbers);
        const values = columnMemory("<f8", table.rows);
        forBlocks(table.rows, (start, end) =>
          compute(reader.read(start, end), values.subarray(start, end)),
        );
        const { validity } = numbers;
        return withColumns(sofar, [numericColumn(column, values, { validity })]);
      }, table),
  });
}
