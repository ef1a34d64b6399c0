/** One call after a while, on a clock that tests can turn. */
import type { Clock } from "./clock.ts";

/** Calls `fn` once in `ms` milliseconds, at once for 0; the result takes it back. */
export function after(clock: Clock, ms: number, fn: () => void): () => void {
  if (ms <= 0) {
    fn();
    return () => undefined;
  }
  const stop = clock.every(Math.min(ms, LONGEST_MS), () => {
    stop();
    fn();
  });
  return stop;
}

/** Timers that are longer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;
