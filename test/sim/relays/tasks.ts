/**
 * The tasks of the simulated nodes: real ones, over one column of whole numbers, one of each shape.
 * `alone` says what each document comes to, by plain loops.
 */
import { z } from "zod";
import { numericColumn } from "../../../src/table/column.ts";
import { makeTable, type Table } from "../../../src/table/table.ts";
import { defineTask } from "../../../src/task/define-task.ts";
import { createLibrary } from "../../../src/task/library.ts";

const none = z.object({}).loose();
const about = { summary: "For the simulator.", params: none, example: {} } as const;

export const tableOf = (x: Float64Array): Table => makeTable([numericColumn("x", x)]);

export function numbersOf(table: Table): Float64Array {
  const column = table.column("x");
  if (column.kind !== "numeric" || !(column.values instanceof Float64Array)) {
    throw new Error("the column x is no float64");
  }
  return column.values;
}

const modulus = 1_000_003;
const mixed = (start: number, end: number): Float64Array =>
  Float64Array.from({ length: end - start }, (_, index) => ((start + index) * 7_919) % modulus);
const affine = (x: Float64Array): Float64Array => x.map((value) => (value * 3 + 1) % modulus);
const few = (x: Float64Array): Float64Array => x.filter((value) => value % 101 === 0);
const centred = (x: Float64Array, sum: number, count: number): Float64Array => {
  const mean = count === 0 ? 0 : Math.floor(sum / count);
  return x.map((value) => Math.abs(value - mean));
};
const total = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0);

export const library = createLibrary([
  defineTask({
    // No copies: what is done twice here is a fault.
    deterministic: false,
    ...about,
    name: "count",
    shape: "source",
    params: z.object({ rows: z.number() }),
    measure: ({ rows }) => ({ units: rows, unit: "rows" as const, unitsMin: 1 }),
    run: (_table, { rows }, { range }) => tableOf(mixed(range?.start ?? 0, range?.end ?? rows)),
  }),
  defineTask({
    deterministic: false,
    ...about,
    name: "affine",
    shape: "map",
    run: (table) => tableOf(affine(numbersOf(table))),
  }),
  defineTask({
    deterministic: false,
    ...about,
    name: "few",
    shape: "map",
    run: (table) => tableOf(few(numbersOf(table))),
  }),
  defineTask({
    deterministic: false,
    ...about,
    name: "center",
    shape: "fold",
    measure: (table) => ({ sum: total(numbersOf(table)), rows: table.rows }),
    merge: (a, b) => ({ sum: a.sum + b.sum, rows: a.rows + b.rows }),
    apply: (table, { sum, rows }) => tableOf(centred(numbersOf(table), sum, rows)),
  }),
  defineTask({
    deterministic: false,
    ...about,
    name: "sort",
    shape: "gather",
    run: (table) => tableOf(numbersOf(table).toSorted()),
  }),
  defineTask({
    deterministic: false,
    ...about,
    name: "refuse",
    shape: "map",
    run() {
      throw new Error("this task always fails");
    },
  }),
]);

export interface Step {
  readonly task: string;
  readonly params?: unknown;
}

/** What these tasks make of a table, one after the other. */
export function alone(steps: readonly Step[], input: Float64Array): Float64Array {
  return steps.reduce((x, { task, params }) => {
    switch (task) {
      case "count":
        return mixed(0, (params as { rows: number }).rows);
      case "affine":
        return affine(x);
      case "few":
        return few(x);
      case "center":
        return centred(x, total(x), x.length);
      case "sort":
        return x.toSorted();
      default:
        throw new Error(`nothing comes of ${task}`);
    }
  }, input);
}
