/**
 * How large the outputs of the same tasks were last, so that memory for the next ones can be laid ready.
 * A guess that is wrong costs nothing but new memory.
 */
import type { Order } from "../protocol/messages.ts";
import type { ThreadDone } from "./thread-messages.ts";

const keptMax = 256;

export class OutputSizes {
  /** Bytes of each table, for each item of the order that left it. */
  readonly #sizes = new Map<string, readonly number[]>();

  of(order: Order): readonly number[] {
    const sizes = this.#sizes.get(keyOf(order)) ?? [];
    return sizes.map((bytes) => Math.ceil(bytes * order.items.length));
  }

  learn(order: Order, { tables }: ThreadDone): void {
    const sizes = tables.flatMap((table) =>
      "bytes" in table && table.bytes.buffer instanceof SharedArrayBuffer
        ? [table.bytes.length / order.items.length]
        : [],
    );
    if (this.#sizes.size >= keptMax) this.#sizes.clear();
    this.#sizes.set(keyOf(order), sizes);
  }
}

const keyOf = ({ calls }: Order): string => calls.map(({ task, part }) => `${task} ${part}`).join();
