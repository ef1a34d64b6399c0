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
  /** When each was cancelled, and for whom; the order of insertion is the order of time. */
  readonly #jobs = new Map<string, { readonly since: number; readonly term: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Orders of this term and before it are to end: what a relay revokes is not what the next one deals. */
  add(job: string, term: number): void {
    this.#forget();
    const known = this.#jobs.get(job)?.term ?? term;
    this.#jobs.delete(job);
    this.#jobs.set(job, { since: this.#clock.now(), term: Math.max(term, known) });
    for (const oldest of this.#jobs.keys()) {
      if (this.#jobs.size <= limits.cancelledJobsMax) break;
      this.#jobs.delete(oldest);
    }
  }

  has(job: string, term: number): boolean {
    this.#forget();
    const known = this.#jobs.get(job);
    return known !== undefined && term <= known.term;
  }

  #forget(): void {
    const before = this.#clock.now() - KEPT_MS;
    for (const [job, { since }] of this.#jobs) {
      if (since > before) return;
      this.#jobs.delete(job);
    }
  }
}
