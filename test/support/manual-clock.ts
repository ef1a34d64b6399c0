/** A clock whose hands the test turns. What is due is called in order of time. */
import type { Clock } from "../../src/host/clock.ts";
import type { Millis } from "../../src/protocol/ids.ts";

interface Beat {
  readonly ms: number;
  readonly fn: () => void;
  at: number;
}

export interface ManualClock extends Clock {
  /** Moves time on, stopping at each beat on the way. */
  advance(ms: number): void;
  /** How many beats are still running: zero when all was stopped. */
  readonly beats: number;
}

export function manualClock(start = 1_000_000): ManualClock {
  let now = start;
  const beats = new Set<Beat>();
  const nextDue = (until: number): Beat | undefined => {
    let next: Beat | undefined;
    for (const beat of beats) {
      if (beat.at <= until && (next === undefined || beat.at < next.at)) next = beat;
    }
    return next;
  };
  return {
    now: () => now as Millis,
    every(ms, fn) {
      const beat = { ms, fn, at: now + ms };
      beats.add(beat);
      return () => beats.delete(beat);
    },
    advance(ms) {
      const until = now + ms;
      for (let beat = nextDue(until); beat !== undefined; beat = nextDue(until)) {
        now = beat.at;
        beat.at += beat.ms;
        beat.fn();
      }
      now = until;
    },
    get beats() {
      return beats.size;
    },
  };
}
