/** How a bus lets time pass, and who it is: a simulated one has its own. */
import type { Member } from "../host/nats-credentials.ts";

/** Calls back once after this many milliseconds; the result takes it back. */
export type Wait = (ms: number, fn: () => void) => () => void;

export const wait: Wait = (ms, fn) => {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
};

export const endOfTurn = (run: () => void): void => void setImmediate(run);

export interface BusExtras {
  readonly wait?: Wait;
  /** Runs this at the end of the turn of the event loop. */
  readonly soon?: (run: () => void) => void;
  readonly member?: Member | undefined;
}
