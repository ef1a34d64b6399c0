/**
 * The credit of a node. A free slot is one subscription for one message, so that the server itself
 * deals work to free slots only, and "no responders" tells a relay that there are none. Each thread
 * also has one credit for an order that waits in the node for a slot that is about to be free.
 */
import type { MessageInfo, Subscription } from "../bus/bus.ts";
import type { Order } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import type { NodeBus } from "./node-bus.ts";

export type CreditKind = "work" | "workAhead";

export interface Credits {
  /** Makes the open credits these many. What is dealt already still arrives. */
  settle(wanted: Readonly<Record<CreditKind, number>>): void;
  /** From now on credits are for this pool; those of the old one are withdrawn. */
  move(pool: string): void;
  /** How many are open. */
  readonly open: Readonly<Record<CreditKind, number>>;
}

export type OrderHandler = (order: Order, info: MessageInfo, credit: CreditKind) => void;

/**
 * @param onOrder called when the credit that an order used up is gone
 * @param onSpoilt called when a message that was no order used a credit up
 */
export function createCredits(bus: NodeBus, onOrder: OrderHandler, onSpoilt: () => void): Credits {
  let pool: string | undefined;
  const open = { work: new Set<Subscription>(), workAhead: new Set<Subscription>() };

  const add = (kind: CreditKind, tokens: { readonly pool: string }): void => {
    const credit = bus.subscribe(
      routes[kind],
      tokens,
      (order, info) => {
        open[kind].delete(credit);
        onOrder(order, info, kind);
      },
      {
        max: 1,
        refused: () => {
          open[kind].delete(credit);
          onSpoilt();
        },
      },
    );
    open[kind].add(credit);
  };
  const settle = (kind: CreditKind, wanted: number): void => {
    while (pool !== undefined && open[kind].size < wanted) add(kind, { pool });
    for (const credit of open[kind]) {
      if (open[kind].size <= wanted) break;
      open[kind].delete(credit);
      credit.drain();
    }
  };
  return {
    settle(wanted) {
      settle("work", wanted.work);
      settle("workAhead", wanted.workAhead);
    },
    move(next) {
      if (next === pool) return;
      this.settle({ work: 0, workAhead: 0 });
      pool = next;
    },
    get open() {
      return { work: open.work.size, workAhead: open.workAhead.size };
    },
  };
}
