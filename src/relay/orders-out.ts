/**
 * The orders that a relay has out: who has them, since when nothing was heard of them, and how many
 * slots they take up. It sends nothing and decides nothing.
 */
import type { Millis, NodeId, Pool, StageIndex, Work } from "../protocol/ids.ts";
import type { JobLoop } from "./job-loop.ts";

export interface OrderOut {
  readonly loop: JobLoop;
  readonly stage: StageIndex;
  readonly works: readonly Work[];
  readonly pool: Pool;
  /** The node that it was sent to by name. */
  readonly sentTo: NodeId | undefined;
  readonly close: () => void;
  /** Since when it is out alone among those that were lost with their nodes more than once. */
  readonly apartSince: Millis | undefined;
  /** Whose beats named it, and when it was last heard of. */
  node: NodeId | undefined;
  heardAt: Millis;
  /** False once it is given up: it takes up no slot any more, but may still be answered late. */
  counts: boolean;
}

/** What has run so long without ending its node holds up no other suspect. */
const suspectAloneMs = 10_000;

export class OrdersOut {
  readonly #orders = new Map<string, OrderOut>();
  /** Slots taken up in a pool, and those of nodes that orders were sent to by name. */
  readonly #taken = new Map<string, number>();

  get(name: string): OrderOut | undefined {
    return this.#orders.get(name);
  }

  enter(name: string, order: Omit<OrderOut, "heardAt" | "counts">, at: Millis): void {
    this.#orders.set(name, { ...order, heardAt: at, counts: true });
    this.#take(order, 1);
  }

  close(name: string): void {
    const out = this.#orders.get(name);
    if (out === undefined) return;
    out.close();
    this.#orders.delete(name);
    this.#release(out);
  }

  #release(out: OrderOut): void {
    if (!out.counts) return;
    out.counts = false;
    this.#take(out, -1);
  }

  #take({ pool, sentTo }: Pick<OrderOut, "pool" | "sentTo">, count: 1 | -1): void {
    for (const place of sentTo === undefined ? [pool] : [pool, sentTo]) {
      const taken = (this.#taken.get(place) ?? 0) + count;
      if (taken > 0) this.#taken.set(place, taken);
      else this.#taken.delete(place);
    }
  }

  /** Slots that our orders take up in a pool, or on a node as far as they were sent there by name. */
  taken(place: Pool | NodeId): number {
    return this.#taken.get(place) ?? 0;
  }

  /** True when no answer is to come that could tell of a free slot. */
  get isIdle(): boolean {
    return this.#taken.size === 0;
  }

  /** Orders that a node says it holds: their leases begin anew. */
  renew(names: readonly string[], node: NodeId, at: Millis): void {
    for (const name of names) {
      const order = this.#orders.get(name);
      if (order === undefined) continue;
      order.node = node;
      order.heardAt = at;
      for (const work of order.works) order.loop.post({ type: "work-renewed", work, node, at });
    }
  }

  /** Orders of a lost node, and all that nobody spoke of since `since`, take up no slot any more. */
  giveUp(since: Millis, lost?: NodeId): void {
    for (const [name, out] of this.#orders) {
      if (out.heardAt >= since && (lost === undefined || out.node !== lost)) continue;
      this.#release(out);
      if (out.loop.over) this.close(name);
    }
  }

  /** Nobody waits for answers to orders of this job any more. */
  abandon(loop: JobLoop): void {
    for (const [name, out] of this.#orders) if (out.loop === loop) this.close(name);
  }

  /**
   * Two suspects are never out at once: else what was lost beside work that takes its nodes along would
   * be lost beside it again, and be blamed with it.
   */
  hasSuspect(at: Millis): boolean {
    for (const { apartSince, counts } of this.#orders.values()) {
      if (counts && apartSince !== undefined && at - apartSince < suspectAloneMs) return true;
    }
    return false;
  }

  closeAll(): void {
    for (const out of this.#orders.values()) out.close();
    this.#orders.clear();
    this.#taken.clear();
  }
}
