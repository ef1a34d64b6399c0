/**
 * What a node and a process apart say to each other, and how the messages of a thread are made fit for
 * that: shared memory does not cross, and what has crossed lies anywhere. Nothing here sends anything.
 */

import type { InsideStart } from "./inside.ts";
import { fresh } from "./order-output.ts";
import { packTables } from "./order-tables.ts";
import type { FromThread, ThreadDone, ThreadOrder, ToThread } from "./thread-messages.ts";

export type ToProcess =
  /** The first one. */
  | { readonly kind: "start"; readonly start: Omit<InsideStart, "board"> }
  /** For its thread, with the marks that the node has set on the board. */
  | { readonly kind: "post"; readonly message: ToThread; readonly marks: Marks };

export interface Marks {
  readonly cancelled: number;
  readonly lateItem: number;
  readonly closed: number;
}

export type FromProcess =
  | FromThread
  /** Its thread has ended, and it will: `why` is for people. */
  | { readonly kind: "ended"; readonly why: string };

/**
 * The descriptor of a pipe on which the thread inside says at which item and call it is. Written at
 * once, where a message would be lost with a process that dies of the call.
 */
export const PLACE_FD = 4;
export const PLACE_BYTES = 8;

/** A message with all its tables in memory of its own. */
export function unshared(message: ToThread): ToThread {
  if (message.kind !== "run") return message;
  const tables = message.order.tables.map((table) =>
    "bytes" in table ? { bytes: ownBytes(table.bytes) } : table,
  );
  return { kind: "run", order: { ...message.order, tables } };
}

export function unsharedDone(done: ThreadDone): ThreadDone {
  const tables = done.tables.map((one) =>
    "bytes" in one ? { ...one, bytes: ownBytes(one.bytes) } : one,
  );
  return { ...done, tables };
}

const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes;

/** An order that has crossed, laid out for a thread, and the memory that becomes the thread's. */
export function arrivedOrder(order: ThreadOrder): {
  readonly order: ThreadOrder;
  readonly transfer: readonly ArrayBuffer[];
} {
  const { tables, transfer } = packTables(order.tables);
  const states = order.states?.map((state) =>
    state instanceof Uint8Array ? new Uint8Array(state) : state,
  );
  return { order: { ...order, tables, ...(states !== undefined && { states }) }, transfer };
}

/** What has crossed back, laid out as a thread of the node would have left it. */
export function arrivedDone(done: ThreadDone): ThreadDone {
  const tables = done.tables.map((table) => {
    if ("from" in table) return table;
    const { rows, bytes } = table;
    const own = fresh(bytes.length);
    own.set(bytes);
    return { rows, bytes: own };
  });
  const items = done.items.map((item) =>
    item.state instanceof Uint8Array ? { ...item, state: new Uint8Array(item.state) } : item,
  );
  return { ...done, tables, items };
}
