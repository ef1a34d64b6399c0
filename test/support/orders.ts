/** Orders and tables in short, for tests of the tasknode. */
import type { Done, Order, Slice, TableRef } from "../../src/protocol/messages.ts";
import { numericColumn } from "../../src/table/column.ts";
import { decodeTable, encodeTable } from "../../src/table/ipc.ts";
import { makeTable, sliceRows, type Table } from "../../src/table/table.ts";

/** A table with one float64 column "x". */
export const tableOf = (...x: readonly number[]): Table =>
  makeTable([numericColumn("x", Float64Array.from(x))]);

export function inlineRef(table: Table): TableRef {
  const bytes = encodeTable(table);
  return { rows: table.rows, bytes: bytes.length, inline: bytes };
}

export const callOf = (task: string, params: unknown = {}): Order["calls"][number] => ({
  task,
  params,
  part: "run",
});

let orders = 0;

/** An order over one table of the given numbers, one item per slice; one item over all by default. */
export function orderOf(
  calls: readonly Order["calls"][number][],
  x: readonly number[] = [1, 2, 3],
  more: Partial<Order> & { readonly slices?: readonly Slice[] } = {},
): Order {
  const { slices = [[0, 0, x.length]], ...given } = more;
  return {
    v: 1,
    order: `relay-1/${++orders}`,
    job: "job-1",
    stage: 0,
    name: "work",
    calls: [...calls],
    measure: false,
    runMs: 0,
    term: 0,
    keep: false,
    leaseMs: 0,
    near: false,
    apart: false,
    tables: [inlineRef(tableOf(...x))],
    items: slices.map((slice, chunk) => ({ chunk, attempt: 1, inputs: [[slice]] })),
    ...given,
  };
}

/** The numbers in column "x" that an item of an answer left. */
export function numbersOf(done: Pick<Done, "tables" | "items">, item = 0): number[] {
  const output = done.items[item]?.output;
  if (output === undefined) throw new Error(`item ${item} has no output`);
  const [at, start, end] = output;
  const table = done.tables[at];
  if (table === undefined || !("inline" in table)) throw new Error(`table ${at} is not inline`);
  return numbersIn(sliceRows(decodeTable(table.inline), start, end));
}

export function numbersIn(table: Table, name = "x"): number[] {
  const column = table.column(name);
  return column.kind === "numeric" ? Array.from(column.values, Number) : [];
}
