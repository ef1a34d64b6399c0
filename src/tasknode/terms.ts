/**
 * Which relay speaks for a job, as far as this node knows: the one with the highest term. A relay that
 * was cut off or stood still learns late that its jobs are another's by now; what it says of them in
 * the meantime is not heeded. Only jobs that have changed their relay are remembered.
 */
import { limits } from "../protocol/limits.ts";

export class Terms {
  /** The order of insertion is the order of use, so that the first is the one to forget. */
  readonly #terms = new Map<string, number>();

  /** Whether what was said under this term still counts; a higher one is remembered. */
  heeds(job: string, term: number): boolean {
    const known = this.#terms.get(job) ?? 0;
    if (term < known) return false;
    if (term === 0) return true;
    this.#terms.delete(job);
    this.#terms.set(job, term);
    for (const oldest of this.#terms.keys()) {
      if (this.#terms.size <= limits.termsMax) break;
      this.#terms.delete(oldest);
    }
    return true;
  }
}
