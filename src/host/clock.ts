/**
 * The only way to time. Everything that waits or measures takes a Clock, so that tests turn its
 * hands themselves. The core never sees one: there, time arrives inside events.
 */
import { performance } from "node:perf_hooks";
import type { Millis } from "../protocol/ids.ts";

export interface Clock {
  /** Milliseconds since the epoch. It never goes back within a process. */
  now(): Millis;
  /** Calls `fn` every `ms` milliseconds until the returned function is called. */
  every(ms: number, fn: () => void): () => void;
}

/**
 * The machine's clock. When the wall clock is set back, as on a board that gets its time from the
 * network after starting, it goes on at its own pace, so that no lease becomes endless.
 */
export function createSystemClock(
  wall: () => number = Date.now,
  steady: () => number = () => performance.now(),
): Clock {
  let offset = wall() - steady();
  return {
    now() {
      const elapsed = steady();
      offset = Math.max(offset, wall() - elapsed);
      return Math.floor(elapsed + offset) as Millis;
    },
    every(ms, fn) {
      const timer = setInterval(fn, ms);
      // A beat alone is no reason for a process to live on.
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

export const systemClock: Clock = createSystemClock();
