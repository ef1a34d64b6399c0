/**
 * The run limit of each item of an order. An item that runs over it is told to end; when it does not
 * heed that within the grace, its thread is ended. It only watches: what ends, others answer.
 */

import { after } from "../host/after.ts";
import type { Clock } from "../host/clock.ts";
import type { Thread } from "./thread.ts";

export interface RunLimit {
  readonly clock: Clock;
  readonly runMs: number;
  readonly graceMs: number;
}

/** Looks per limit: an item that begins between two looks is given at most a quarter more. */
const LOOKS = 4;
const LOOK_MS_MIN = 5;
const LOOK_MS_MAX = 60_000;

/** Watches until the function that it returns is called. */
export function watchRun(
  order: { late: number | undefined },
  thread: Thread,
  { clock, runMs, graceMs }: RunLimit,
): () => void {
  const lookMs = Math.min(LOOK_MS_MAX, Math.max(LOOK_MS_MIN, Math.ceil(runMs / LOOKS)));
  let item = 0;
  let since = clock.now();
  let stopGrace: () => void = () => undefined;
  const stopLooking = clock.every(lookMs, () => {
    const now = clock.now();
    const { item: current } = thread.place;
    if (current !== item) {
      item = current;
      since = now;
    } else if (order.late !== item && now - since >= runMs) {
      order.late = item;
      thread.expire(item);
      stopGrace = after(clock, graceMs, () => {
        if (thread.place.item === order.late) thread.end("it ran over its limit");
      });
    }
  });
  return () => {
    stopLooking();
    stopGrace();
  };
}
