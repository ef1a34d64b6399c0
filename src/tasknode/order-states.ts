/**
 * What travels beside tables: the states of folds, and what measuring a source left for its chunks.
 * They are bytes to everyone but the task that made them; large ones lie among the tables.
 */
import { type ChunkState, packState, unpackStates } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { ItemDone } from "../protocol/messages.ts";
import type { TableBytes, ThreadOrder } from "./thread-messages.ts";

/** The states of an order, unpacked when a call first asks for them. */
export function readStates({ states = [], tables }: ThreadOrder): () => readonly ChunkState[] {
  let known: readonly ChunkState[] | undefined;
  return () => {
    known ??= states.flatMap((state): readonly ChunkState[] => {
      if (state instanceof Uint8Array) return unpackStates(state);
      const table = typeof state === "number" ? tables[state] : undefined;
      if (table === undefined || !("bytes" in table)) {
        throw new RtlError("RTL_MESSAGE_INVALID", "the order names a state that it does not hold");
      }
      return unpackStates(table.bytes);
    });
    return known;
  };
}

/** Throws RTL_TASK_FAILED for a state that no message can carry. */
export function packedState(state: ChunkState): Uint8Array {
  try {
    return packState(state);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_TASK_FAILED", `the state that a task left cannot be sent: ${why}`, {
      fix: "a state is numbers, bigints, texts, lists, plain objects and typed arrays",
      cause: error,
    });
  }
}

/** The rows of all chunks that these states were measured on, in order. */
export function rowsOf(states: readonly ChunkState[]): Float64Array {
  const all = new Float64Array(states.reduce((chunks, { rows }) => chunks + rows.length, 0));
  let at = 0;
  for (const { rows } of states) {
    all.set(rows, at);
    at += rows.length;
  }
  return all;
}

/** Rows that lie before a chunk. */
export function rowsBefore(chunk: number, states: readonly ChunkState[]): number {
  let before = 0;
  for (const rows of rowsOf(states).subarray(0, Math.max(0, chunk))) before += rows;
  return before;
}

/** Where a state goes: into the answer itself, or among its tables. */
export function writeState(
  state: Uint8Array,
  mayRest: boolean,
  tables: TableBytes[],
): Pick<ItemDone, "state" | "stateAt"> {
  if (!mayRest || state.length <= limits.inlineStateBytesMax) return { state };
  const bytes = new Uint8Array(new SharedArrayBuffer(state.length));
  bytes.set(state);
  return { stateAt: tables.push({ rows: 0, bytes }) - 1 };
}
