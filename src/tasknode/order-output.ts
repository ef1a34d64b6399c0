/**
 * The outputs of an order's items as few tables as their columns allow, each encoded once: small ones
 * into memory that is handed over, large ones into shared memory, where they stay.
 */
import { limits } from "../protocol/limits.ts";
import type { Slice } from "../protocol/messages.ts";
import { encodeTableInto } from "../table/ipc.ts";
import { concatenate, schemaOf, type Table } from "../table/table.ts";
import type { TableBytes } from "./thread-messages.ts";

export interface OrderOutput {
  readonly tables: readonly TableBytes[];
  /** Where each item's rows are; at the item's place, absent where it has none. */
  readonly slices: readonly (Slice | undefined)[];
}

/** @param bytesOf the encoded form of a table that came in and goes out as it is */
export function writeOutput(
  outputs: readonly (Table | undefined)[],
  bytesOf: (table: Table) => Uint8Array | undefined,
): OrderOutput {
  const slices: (Slice | undefined)[] = outputs.map(() => undefined);
  const groups = new Map<string, { readonly tables: Table[]; readonly at: number; rows: number }>();
  outputs.forEach((table, item) => {
    if (table === undefined) return;
    // The columns of a lone output need not be compared with anything.
    const key = outputs.length === 1 ? "" : JSON.stringify(schemaOf(table));
    const group = groups.get(key) ?? { tables: [], at: groups.size, rows: 0 };
    groups.set(key, group);
    group.tables.push(table);
    slices[item] = [group.at, group.rows, group.rows + table.rows];
    group.rows += table.rows;
  });
  const tables = Array.from(groups.values(), ({ tables: parts, rows }) => {
    const table = concatenate(parts);
    const known = bytesOf(table);
    const bytes = known === undefined ? encodeTableInto(table, allocate) : handedOn(known);
    return { rows, bytes };
  });
  return { tables, slices };
}

/** Room for a table's bytes, as the rest of the node expects them. */
export function allocate(bytes: number): Uint8Array {
  const shared = bytes > limits.inlineBytesMax;
  return new Uint8Array(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
}

/** Shared memory goes on as it is. Anything else may be a piece of a message: that is copied. */
function handedOn(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? bytes : bytes.slice();
}

/** Memory that can be given to another thread instead of being copied. */
export const transferable = (tables: readonly TableBytes[]): ArrayBuffer[] =>
  tables.flatMap(({ bytes: { buffer } }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
