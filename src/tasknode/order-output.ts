/**
 * The outputs of an order's items as few tables as their columns allow, each encoded once: small ones
 * into memory that is handed over, large ones into shared memory, where they stay.
 */
import { sizeClass, WASTE_MAX } from "../blocks/shared-memory.ts";
import { limits } from "../protocol/limits.ts";
import type { Slice } from "../protocol/messages.ts";
import { encodeTableInto } from "../table/ipc.ts";
import { concatenate, schemaOf, type Table } from "../table/table.ts";
import type { Origin } from "./order-input.ts";
import type { TableBytes } from "./thread-messages.ts";

export interface OrderOutput {
  readonly tables: readonly TableBytes[];
  /** Where each item's rows are; at the item's place, absent where it has none. */
  readonly slices: readonly (Slice | undefined)[];
}

/** @param sliceOf what a table is of those that came in, if it goes out as it is */
export function writeOutput(
  outputs: readonly (Table | undefined)[],
  sliceOf: (table: Table) => Origin | undefined,
  allocate: (bytes: number) => Uint8Array = fresh,
): OrderOutput {
  const tables: (TableBytes | undefined)[] = [];
  const slices: (Slice | undefined)[] = outputs.map(() => undefined);
  const places = new Map<number, number>();
  const groups = new Map<string, { readonly tables: Table[]; readonly at: number; rows: number }>();
  outputs.forEach((table, item) => {
    if (table === undefined) return;
    const origin = sliceOf(table);
    if (origin !== undefined) {
      const [from, start, end] = origin.slice;
      const at = places.get(from) ?? tables.push({ rows: origin.rows, from }) - 1;
      places.set(from, at);
      slices[item] = [at, start, end];
      return;
    }
    // The columns of a lone output need not be compared with anything.
    const key = outputs.length === 1 ? "" : JSON.stringify(schemaOf(table));
    const group = groups.get(key) ?? { tables: [], at: tables.push(undefined) - 1, rows: 0 };
    groups.set(key, group);
    group.tables.push(table);
    slices[item] = [group.at, group.rows, group.rows + table.rows];
    group.rows += table.rows;
  });
  for (const { tables: parts, at, rows } of groups.values()) {
    tables[at] = { rows, bytes: encodeTableInto(concatenate(parts), allocate) };
  }
  return { tables: tables.filter((table) => table !== undefined), slices };
}

/** Room for a table's bytes, as the rest of the node expects them. */
export function fresh(bytes: number): Uint8Array {
  if (bytes <= limits.inlineBytesMax) return new Uint8Array(bytes);
  return new Uint8Array(new SharedArrayBuffer(sizeClass(bytes)), 0, bytes);
}

/** The same out of memory that lies ready, where some of it fits. What is taken is gone from the list. */
export function roomIn(spares: SharedArrayBuffer[]): (bytes: number) => Uint8Array {
  return (bytes) => {
    if (bytes <= limits.inlineBytesMax) return fresh(bytes);
    const fits = ({ byteLength }: SharedArrayBuffer) =>
      byteLength >= bytes && byteLength <= WASTE_MAX * sizeClass(bytes);
    const [best] = spares.filter(fits).sort((a, b) => a.byteLength - b.byteLength);
    if (best === undefined) return fresh(bytes);
    spares.splice(spares.indexOf(best), 1);
    return new Uint8Array(best, 0, bytes);
  };
}

/** Memory that can be given to another thread instead of being copied. */
export const transferable = (tables: readonly TableBytes[]): ArrayBuffer[] =>
  tables.flatMap((table) =>
    "bytes" in table && table.bytes.buffer instanceof ArrayBuffer ? [table.bytes.buffer] : [],
  );
