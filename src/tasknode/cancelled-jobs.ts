/**
 * Jobs that were cancelled a short while ago: orders of theirs may still be on their way. It forgets
 * by time and, under a storm of cancellations, the oldest first.
 */
import type { Clock } from "../host/clock.ts";
import { limits } from "../protocol/limits.ts";

/** Longer than any order is on its way: by then its lease is over, and nobody waits for it. */
const KEPT_MS = 60_000;

export class CancelledJobs {
  readonly #clock: Clock;
  /** When each was cancelled; the order of insertion is the order of time. */
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(job: string): void {
    this.#forget();
    this.#since.delete(job);
    this.#since.set(job, this.#clock.now());
    for (const oldest of this.#since.keys()) {
      if (this.#since.size <= limits.cancelledJobsMax) break;
      this.#since.delete(oldest);
    }
  }

  has(job: string): boolean {
    this.#forget();
    return this.#since.has(job);
  }

  #forget(): void {
    const before = this.#clock.now() - KEPT_MS;
    for (const [job, since] of this.#since) {
      if (since > before) return;
      this.#since.delete(job);
    }
  }
}
