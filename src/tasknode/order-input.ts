/**
 * The tables that the items of an order read: decoded once per order, cut and joined per item. No
 * column is copied unless an item's rows lie in several pieces.
 */
import { RtlError } from "../protocol/errors.ts";
import type { Slice } from "../protocol/messages.ts";
import { columnDifferences } from "../table/compare.ts";
import { decodeTable } from "../table/ipc.ts";
import { tableFromJson } from "../table/json.ts";
import {
  concatenate,
  defaultTable,
  schemaDifference,
  sliceRows,
  type Table,
} from "../table/table.ts";
import type { ThreadTable } from "./thread-messages.ts";

/** Rows of one of an order's tables. */
export interface Origin {
  readonly slice: Slice;
  /** Of the whole table. */
  readonly rows: number;
}

export interface OrderInput {
  /** One table per input that has rows to offer, in the order of the stage's inputs. */
  inputsOf(lists: readonly (readonly Slice[])[]): readonly Table[];
  /** Which rows of the order's tables this table is, untouched; undefined for any other. */
  sliceOf(table: Table): Origin | undefined;
}

export function readInput(tables: readonly ThreadTable[]): OrderInput {
  const decoded: (Table | undefined)[] = [];
  const origins = new Map<Table, Origin>();
  const tableAt = (index: number): Table => {
    const known = decoded[index];
    if (known !== undefined) return known;
    const given = tables[index];
    if (given === undefined) {
      throw new RtlError("RTL_MESSAGE_INVALID", `the order has no table ${index}`);
    }
    const table = "bytes" in given ? decodeTable(given.bytes) : tableFromJson(given.json);
    decoded[index] = table;
    return table;
  };
  const join = (slices: readonly Slice[]): Table => {
    const pieces = withoutSeams(slices);
    const parts = pieces.map(([at, start, end]) => sliceRows(tableAt(at), start, end));
    const joined = concatenate(parts);
    const [only, another] = pieces;
    // What came as JSON is a table of this thread's own.
    if (only !== undefined && another === undefined && "bytes" in (tables[only[0]] ?? {})) {
      origins.set(joined, { slice: only, rows: tableAt(only[0]).rows });
    }
    return joined;
  };
  return {
    inputsOf: (lists) => lists.filter((slices) => slices.length > 0).map(join),
    sliceOf: (table) => origins.get(table),
  };
}

/** Neighbouring pieces of one table as one piece, so that nothing is copied for them. */
function withoutSeams(slices: readonly Slice[]): readonly Slice[] {
  if (slices.length < 2) return slices;
  const joined: Slice[] = [];
  for (const [at, start, end] of slices) {
    const last = joined.at(-1);
    if (last !== undefined && last[0] === at && last[2] === start) last[2] = end;
    else joined.push([at, start, end]);
  }
  return joined;
}

/**
 * The one table that the first task of a stage gets: its inputs below one another, or the first of
 * them where it takes each by itself (`separate`). RTL_TABLE_INVALID, naming the columns, where they
 * differ: a task that is given one of several tables would lose the others in silence.
 */
export function mainTable(inputs: readonly Table[], task: string, separate: boolean): Table {
  const [first, ...others] = inputs;
  if (first === undefined) return defaultTable();
  if (others.length === 0 || separate) return first;
  if (others.some((other) => schemaDifference(first, other) !== undefined)) {
    const message = `${task} takes one table, but the needs of its stage have different columns`;
    throw new RtlError("RTL_TABLE_INVALID", `${message}: ${columnDifferences(inputs)}`, {
      fix: "begin the stage with concat (rows below one another) or join (rows side by side)",
    });
  }
  return concatenate(inputs);
}
