/**
 * Jobs that were ended a short while ago: orders of theirs may still be on their way. It forgets by time
 * and, under a storm of cancellations, the oldest first. A later job of the same id is another.
 */
import type { Clock } from "../host/clock.ts";
import { limits } from "../protocol/limits.ts";

/** Longer than any order is on its way: by then its lease is over, and nobody waits for it. */
const KEPT_MS = 60_000;

interface Ended {
  readonly since: number;
  /** The newest order of the relay that ended it; undefined: all orders are meant. */
  readonly upTo: string | undefined;
  /** Of the relay that ended it: what it said is nothing to the orders of the one after it. */
  readonly term: number;
}

export class CancelledJobs {
  readonly #clock: Clock;
  /** The order of insertion is the order of time. */
  readonly #ended = new Map<string, Ended>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(job: string, upTo: string | undefined, term = 0): void {
    this.#forget();
    this.#ended.delete(job);
    this.#ended.set(job, { since: this.#clock.now(), upTo, term });
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= limits.cancelledJobsMax) break;
      this.#ended.delete(oldest);
    }
  }

  /** Whether this order is of a job that was ended. */
  has(job: string, order: string, term = 0): boolean {
    this.#forget();
    const ended = this.#ended.get(job);
    if (ended === undefined || term > ended.term) return false;
    return ended.upTo === undefined || isUpTo(order, ended.upTo);
  }

  #forget(): void {
    const before = this.#clock.now() - KEPT_MS;
    for (const [job, { since }] of this.#ended) {
      if (since > before) return;
      this.#ended.delete(job);
    }
  }
}

/** Orders are named after their relay, and numbered by it: `relay-1/1c`. */
function isUpTo(order: string, newest: string): boolean {
  const [relay, number = ""] = order.split("/");
  const [sameRelay, last = ""] = newest.split("/");
  return relay === sameRelay && Number.parseInt(number, 36) <= Number.parseInt(last, 36);
}
