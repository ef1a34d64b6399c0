/**
 * What is said while the connection is lost, kept until it is back: an answer that took a minute to
 * work out must not be lost to a server that was away for a second. The client would keep some of it
 * and drop some, as its attempts to connect fall. It is bounded, and the oldest goes first.
 */
import { limits } from "../protocol/limits.ts";

interface Kept {
  readonly bytes: number;
  readonly send: () => void;
}

export class Outbox {
  readonly #full: (dropped: number) => void;
  #kept: Kept[] = [];
  #bytes = 0;
  #dropped = 0;

  /** `full` is told, when the connection is back, how many messages found no room. */
  constructor(full: (dropped: number) => void) {
    this.#full = full;
  }

  keep(bytes: number, send: () => void): void {
    this.#kept.push({ bytes, send });
    this.#bytes += bytes;
    let over = 0;
    while (
      this.#bytes > limits.outboxBytesMax ||
      this.#kept.length - over > limits.outboxMessagesMax
    ) {
      this.#bytes -= this.#kept[over]?.bytes ?? this.#bytes;
      over++;
    }
    if (over === 0) return;
    this.#kept.splice(0, over);
    this.#dropped += over;
  }

  /** Sends all that was kept, in its order. What a connection that is being closed refuses is dropped. */
  release(): void {
    const kept = this.#kept;
    let dropped = this.#dropped;
    this.#kept = [];
    this.#bytes = 0;
    this.#dropped = 0;
    for (const { send } of kept) {
      try {
        send();
      } catch {
        dropped++;
      }
    }
    if (dropped > 0) this.#full(dropped);
  }
}
