/** Where the input of an order lies. A question only; nothing is sent here. */
import type { NodeId } from "../protocol/ids.ts";
import type { Order } from "../protocol/messages.ts";

/** Moving less than this costs no more than finding that its node has no slot free. */
const nearBytesMin = 1_048_576;

/** The holder of most of what the order reads, where that is much. */
export function holderOfMost({ tables }: Pick<Order, "tables">): NodeId | undefined {
  const held = new Map<string, number>();
  for (const table of tables) {
    if ("holder" in table) held.set(table.holder, (held.get(table.holder) ?? 0) + table.bytes);
  }
  let most: readonly [string, number] | undefined;
  for (const one of held) if (most === undefined || one[1] > most[1]) most = one;
  return most !== undefined && most[1] >= nearBytesMin ? (most[0] as NodeId) : undefined;
}
