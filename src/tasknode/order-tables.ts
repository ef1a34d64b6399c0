/**
 * The tables of an order on their way to a thread: fetched where they are, and laid out so that the
 * thread reads their columns where they lie. Shared memory is passed on; inline tables, which are
 * pieces of a message, are copied once into one buffer that the thread gets for good.
 */
import type { TableRef } from "../protocol/messages.ts";
import type { NodeBlocks } from "./node-bus.ts";
import type { ThreadTable } from "./thread-messages.ts";

type Tables = Pick<NodeBlocks, "read" | "memory">;

/** All tables of an order; at once when none must be fetched. Fails with RTL_BLOCK_LOST. */
export function fetchTables(
  tables: readonly TableRef[],
  blocks: Tables,
): readonly ThreadTable[] | Promise<readonly ThreadTable[]> {
  if (tables.every((table) => !("block" in table))) return tables.flatMap(atHand);
  return fetchAll(tables, blocks);
}

async function fetchAll(
  tables: readonly TableRef[],
  blocks: Tables,
): Promise<readonly ThreadTable[]> {
  const results = await Promise.allSettled(
    tables.map(async (table): Promise<ThreadTable> => {
      if ("block" in table) return { bytes: await blocks.read(table) };
      return "json" in table ? { json: table.json } : { bytes: table.inline };
    }),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) {
    return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  }
  // Nobody will read those that did come.
  for (const [place, result] of results.entries()) {
    const isFetched = "block" in (tables[place] ?? {}) && result.status === "fulfilled";
    if (isFetched && "bytes" in result.value) blocks.memory.leave(result.value.bytes);
  }
  throw failed.reason;
}

const atHand = (table: TableRef): ThreadTable[] => {
  if ("inline" in table) return [{ bytes: table.inline }];
  return "json" in table ? [{ json: table.json }] : [];
};

/** The tables for a thread, and the memory that becomes the thread's. The originals stay valid. */
export function packTables(tables: readonly ThreadTable[]): {
  readonly tables: readonly ThreadTable[];
  readonly transfer: readonly ArrayBuffer[];
} {
  const isLoose = (table: ThreadTable): table is { bytes: Uint8Array } =>
    "bytes" in table && !(table.bytes.buffer instanceof SharedArrayBuffer);
  const size = tables.reduce((sum, table) => sum + (isLoose(table) ? room(table.bytes) : 0), 0);
  if (size === 0) return { tables, transfer: [] };
  const buffer = new ArrayBuffer(size);
  let offset = 0;
  const packed = tables.map((table): ThreadTable => {
    if (!isLoose(table)) return table;
    const bytes = new Uint8Array(buffer, offset, table.bytes.length);
    bytes.set(table.bytes);
    offset += room(table.bytes);
    return { bytes };
  });
  return { tables: packed, transfer: [buffer] };
}

/** Columns can be read in place where their bytes begin at a multiple of 8. */
const room = (bytes: Uint8Array): number => (bytes.length + 7) & ~7;
