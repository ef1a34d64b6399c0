/**
 * Tables on their way to and from workers and clients that know no Arrow. What leaves as JSON is cut
 * to the very rows that are wanted; what comes in as JSON becomes Arrow at the door, so that nothing
 * behind it knows of JSON. Only jobs that asked for JSON, or run on a JSON worker, pass through here.
 */
import type { BlockStore } from "../blocks/blocks.ts";
import { pack, unpackStates } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Order, Result, Slice, TableRef } from "../protocol/messages.ts";
import { decodeTable, encodeTable } from "../table/ipc.ts";
import { tableFromJson, tableToJson } from "../table/json.ts";
import { concatenate, sliceRows, type Table } from "../table/table.ts";

/** A larger block is never fetched into a relay, however few of its rows are wanted. */
const blockBytesMax = 256 * 1024 * 1024;

/** The order with one JSON table for each list of slices. RTL_MESSAGE_TOO_LARGE when they are too many. */
export async function orderToJson(order: Order, blocks: BlockStore): Promise<Order> {
  const read = reader(order.tables, blocks);
  const tables: TableRef[] = [];
  const place = async (slices: readonly Slice[]): Promise<Slice[]> => {
    if (slices.length === 0) return [];
    const table = await join(slices, read);
    return [[tables.push(jsonRef(table)) - 1, 0, table.rows]];
  };
  const items: Order["items"] = [];
  for (const item of order.items) {
    const inputs: Slice[][] = [];
    for (const slices of item.inputs) inputs.push(await place(slices));
    items.push({ ...item, inputs });
  }
  const states = await Promise.all(
    (order.states ?? []).map((state) => statesOf(state, order.tables, blocks)),
  );
  const opened = order.states !== undefined && { states: states.flat() };
  return fitting({ ...order, tables, items, ...opened }, "an order's tables");
}

/** States as they were before they were packed, for workers that cannot open them. */
async function statesOf(
  state: unknown,
  tables: readonly TableRef[],
  blocks: BlockStore,
): Promise<readonly unknown[]> {
  const open = (bytes: Uint8Array) => unpackStates(bytes).map(({ state: opened }) => opened);
  if (state instanceof Uint8Array) return open(state);
  const table = typeof state === "number" ? tables[state] : undefined;
  if (table === undefined || "json" in table) throw new Error("a state that the order lacks");
  return open("inline" in table ? table.inline : await blocks.read(table));
}

/** The result as one JSON table. RTL_MESSAGE_TOO_LARGE when no message can hold it. */
export async function resultToJson(result: Result, blocks: BlockStore): Promise<Result> {
  if (result.slices.length === 0) return { ...result, tables: [] };
  const table = await join(result.slices, reader(result.tables, blocks));
  const { rows } = table;
  return fitting({ rows, tables: [jsonRef(table)], slices: [[0, 0, rows]] }, "the result");
}

/** A table in the form that nodes read; above the inline limit it lies in this relay's blocks. */
export function arrowRef(table: Table, job: string, blocks: BlockStore): TableRef {
  const inline = encodeTable(table);
  const { rows } = table;
  if (inline.length <= limits.inlineBytesMax) return { rows, bytes: inline.length, inline };
  return { rows, ...blocks.put(job, inline) };
}

/** JSON tables as Arrow; others as they are. RTL_TABLE_INVALID for what is no table. */
export function asArrow(table: TableRef, job: string, blocks: BlockStore): TableRef {
  return "json" in table ? arrowRef(tableFromJson(table.json), job, blocks) : table;
}

function jsonRef(table: Table): TableRef {
  return { rows: table.rows, json: { ...tableToJson(table) } };
}

/** Reads a table of a message by its place, each once. */
function reader(tables: readonly TableRef[], blocks: BlockStore): (at: number) => Promise<Table> {
  const known = new Map<number, Promise<Table>>();
  return (at) => {
    const reading = known.get(at) ?? readTable(tables[at], blocks);
    known.set(at, reading);
    return reading;
  };
}

async function readTable(table: TableRef | undefined, blocks: BlockStore): Promise<Table> {
  if (table === undefined) throw new Error("a slice of a table that the message does not hold");
  if ("json" in table) return tableFromJson(table.json);
  if ("inline" in table) return decodeTable(table.inline);
  if (table.bytes > blockBytesMax) throw tooLarge("a block", table.bytes);
  return decodeTable(await blocks.read(table));
}

async function join(
  slices: readonly Slice[],
  read: (at: number) => Promise<Table>,
): Promise<Table> {
  const parts: Table[] = [];
  for (const [at, start, end] of slices) parts.push(sliceRows(await read(at), start, end));
  // Pieces without rows carry no types worth keeping, unless there is nothing else.
  const filled = parts.filter((part) => part.rows > 0);
  return concatenate(filled.length > 0 ? filled : parts.slice(0, 1));
}

/** Leaves room in the payload for what is sent around the tables. */
function fitting<M extends Order | Result>(message: M, what: string): M {
  const bytes = pack(message, "json").length;
  if (bytes > limits.cachedResultBytesMax) throw tooLarge(what, bytes);
  return message;
}

function tooLarge(what: string, bytes: number): RtlError {
  return new RtlError(
    "RTL_MESSAGE_TOO_LARGE",
    `${what}: ${bytes} bytes are too many for one JSON message`,
    { fix: "split the stage into smaller chunks, or use a client that reads Arrow" },
  );
}
