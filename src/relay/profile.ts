/**
 * Where the time of one job went, for a job that asks for it: what its relay did, how long orders were out,
 * and, by what nodes say of them, how long nodes and tasks took. It is told when the job is over.
 */
import { performance } from "node:perf_hooks";
import type { Done } from "../protocol/messages.ts";
import { type ProfileMessage, type Span, spansMax } from "../protocol/profile-message.ts";

/** A job of very many orders keeps its first ones: what is alike need not all be seen. */
const keptMax = 40_000;

const now = (): number => performance.timeOrigin + performance.now();

export class Profile {
  readonly #job: string;
  readonly #relay: string;
  readonly #spans: Span[] = [];
  readonly #sent = new Map<string, number>();
  #dropped = 0;

  constructor(job: string, relay: string) {
    this.#job = job;
    this.#relay = relay;
  }

  /** Runs something and keeps how long it took. */
  timed<T>(method: string, act: () => T): T {
    const at = now();
    try {
      return act();
    } finally {
      this.#keep({ by: this.#relay, class: "relay", method, at, ms: now() - at, calls: 1 });
    }
  }

  /** The same for what takes its time without being at work. */
  async waited<T>(method: string, act: () => Promise<T>): Promise<T> {
    const at = now();
    try {
      return await act();
    } finally {
      this.#keep({ by: this.#relay, class: "relay", method, at, ms: now() - at, calls: 1 });
    }
  }

  sent(order: string): void {
    this.#sent.set(order, now());
  }

  /** What an order's answer says of the node that ran it, in the middle of the time that it was out. */
  answered(order: string, done: Done, tasks: readonly string[]): void {
    const at = this.#sent.get(order);
    if (at === undefined) return;
    this.#sent.delete(order);
    const ms = now() - at;
    const pieces = Math.max(1, done.items.length);
    this.#keep({ by: this.#relay, class: "order", method: "roundTrip", at, ms, calls: 1 });
    const inside = Math.min(done.ms, ms);
    const begins = at + (ms - inside) / 2;
    this.#keep({
      by: done.node,
      class: "tasknode",
      method: "runOrder",
      at: begins,
      ms: inside,
      calls: 1,
    });
    let taskAt = begins;
    for (const [place, task] of tasks.entries()) {
      const taskMs = done.calls[place]?.ms ?? 0;
      this.#keep({
        by: done.node,
        class: "task",
        method: task,
        at: taskAt,
        ms: taskMs,
        calls: pieces,
      });
      taskAt += taskMs;
    }
  }

  #keep(span: Span): void {
    if (this.#spans.length < keptMax) this.#spans.push(span);
    else this.#dropped++;
  }

  /** All that was kept, as messages of a size that the bus takes; afterwards there is nothing. */
  messages(): readonly ProfileMessage[] {
    const all = this.#spans.splice(0);
    const messages: ProfileMessage[] = [];
    for (let first = 0; first < all.length; first += spansMax) {
      const spans = all.slice(first, first + spansMax);
      messages.push({ v: 1, job: this.#job, spans, dropped: this.#dropped });
    }
    return messages;
  }
}
