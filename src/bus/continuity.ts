/**
 * Whether the connection holds, and since when. Whoever waits for an answer learns from it that the
 * silence may be the connection's, not the other side's. It changes nothing and sends nothing.
 */
import { performance } from "node:perf_hooks";
import { Events, type NatsConnection } from "nats";
import { RtlError } from "../protocol/errors.ts";

export class Continuity {
  readonly #handlers = new Set<() => void>();
  #lost = false;
  #times = 0;
  /** When it was made anew last, on the process's own clock. */
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(connection: NatsConnection) {
    void this.#follow(connection);
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === Events.Disconnect) this.#lost = true;
      if (type !== Events.Reconnect) continue;
      this.#lost = false;
      this.#times++;
      this.#backAt = performance.now();
      for (const handler of [...this.#handlers]) handler();
    }
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** How often it was made anew. */
  get times(): number {
    return this.#times;
  }

  /** For how long the connection has held, in milliseconds; 0 while it is lost. */
  get heldMs(): number {
    return this.#lost ? 0 : performance.now() - this.#backAt;
  }

  /** True while the connection is lost, and for so long after it came back. */
  brokenWithin(ms: number): boolean {
    return this.heldMs < ms;
  }

  /** Calls back each time that a lost connection has been made anew. */
  onBack(handler: () => void): { stop(): void } {
    this.#handlers.add(handler);
    return { stop: () => this.#handlers.delete(handler) };
  }

  /**
   * The answer, unless the connection is made anew before it: what was asked on one that was lost is
   * not answered on the one after it. Then RTL_WAIT_TIMEOUT.
   */
  async unlessLost<T>(answer: Promise<T>): Promise<T> {
    let stop = (): void => undefined;
    const lost = new Promise<never>((_, reject) => {
      const message = "the connection to the NATS server was lost meanwhile";
      ({ stop } = this.onBack(() => reject(new RtlError("RTL_WAIT_TIMEOUT", message))));
    });
    try {
      return await Promise.race([answer, lost]);
    } finally {
      stop();
    }
  }
}
