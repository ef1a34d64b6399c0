/**
 * What tasks share that make one number of each row: out of the columns that an operation names, as a
 * new column, or out of all columns, as a table with the one column "0", which is how version 0.4
 * did it.
 */
import { z } from "zod";
import type { RowFunction } from "../compute/arithmetic/rows.ts";
import { asNumbers } from "../table/floats.ts";
import { makeTable, type Table, withColumns } from "../table/table.ts";
import { defineTask, type RunTask } from "./define-task.ts";

const acrossParams = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        columns: z
          .array(z.string(), { error: "give a list of column names" })
          .min(1, { error: "name at least one column" })
          .describe("columns to take from each row; one that is named twice counts twice"),
        column: z.string().min(1).describe("name of the new column"),
      }),
    )
    .describe("done in order; each may use the columns of those before"),
});

export interface AcrossTask {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly compute: RowFunction;
}

/** A task that adds a column for each of its operations. */
export function acrossTask({
  compute,
  ...told
}: AcrossTask): RunTask<z.output<typeof acrossParams>> {
  return defineTask({
    ...told,
    shape: "map",
    params: acrossParams,
    example: { operations: [{ columns: ["readBytes", "writtenBytes"], column: "result" }] },
    run: (table: Table, { operations }) =>
      operations.reduce((sofar, { columns, column }) => {
        const numbers = columns.map((name) => asNumbers(sofar.column(name), told.name));
        return withColumns(sofar, [compute(column, numbers, table.rows)]);
      }, table),
  });
}

/** The number of each row of a table, as the one column "0". */
export function rowTable(task: string, table: Table, compute: RowFunction): Table {
  const numbers = table.columns.map((column) => asNumbers(column, task));
  return makeTable([compute("0", numbers, table.rows)], table.rows);
}
