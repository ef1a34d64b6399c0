/**
 * Questions to the NATS server's store. One that gets no answer, because the connection was lost or
 * the servers of a cluster elect, is put again, for a bounded time. So every question must bear being
 * heard twice; who asks is told when it was put again.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { Bus } from "../bus/bus.ts";
import { clocks } from "../protocol/limits.ts";
import { isSilence, isWrongRevision, silent, unfit } from "./store-errors.ts";

/** Pause before a question is put again, drawn between half of this and all of it. */
const againMs = 200;

export class Store {
  readonly bus: Bus;
  readonly #patienceMs: number;

  constructor(bus: Bus, patienceMs: number = clocks.storePatienceMs) {
    this.bus = bus;
    this.#patienceMs = patienceMs;
  }

  /** The answer. "Wrong last sequence" keeps its form; all else is thrown in our own words. */
  async ask<T>(question: () => Promise<T>, again: () => void = () => undefined): Promise<T> {
    const began = performance.now();
    for (;;) {
      try {
        return await this.bus.continuity.unlessLost(this.bus.inTurn(question));
      } catch (cause) {
        if (isWrongRevision(cause)) throw cause;
        if (!isSilence(cause, this.bus.connection.info?.jetstream === true)) throw unfit(cause);
        // Nothing can be said to anybody while the connection is lost; it costs no patience.
        const waitedMs = Math.min(performance.now() - began, this.bus.continuity.heldMs);
        if (waitedMs >= this.#patienceMs || this.bus.connection.isClosed()) {
          throw silent(cause, waitedMs);
        }
      }
      again();
      await pause((0.5 + Math.random() / 2) * againMs);
    }
  }
}
