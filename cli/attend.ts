/**
 * Stays with a job until it settles: shows its events, and knows what Ctrl-C, a closed terminal and
 * the end of the user's patience mean. A job outlives whoever watches it, unless it is told not to.
 */
import { once } from "node:events";
import type { JobHandle } from "../src/index.ts";
import { RtlError } from "../src/protocol/errors.ts";
import { clocks } from "../src/protocol/limits.ts";
import type { JobDone, JobWireEvent } from "../src/protocol/messages.ts";
import { requester } from "./client.ts";
import { HUNG_UP, INTERRUPTED, onInterrupt, onSignal, TERMINATED } from "./interrupt.ts";
import type { Progress } from "./progress.ts";
import { spanText } from "./render/units.ts";

export interface AttendOptions {
  readonly progress: Progress;
  /** What the first Ctrl-C does: ask the job to end, or leave it running and go. */
  readonly interrupt: "cancel" | "detach";
  readonly timeoutMs?: number | undefined;
  readonly cancelOnTimeout?: boolean;
  /** Events up to this number are not asked for. */
  readonly after?: number | undefined;
  /** Ends the visit before the job does. */
  readonly until?: "started" | "done" | undefined;
  readonly onEvent?: (event: JobWireEvent) => void;
}

export interface Attended {
  readonly handle: JobHandle;
  /** Absent only where the visit was to end before the job. */
  readonly done: JobDone | undefined;
  /** The exit code where it is not the job's own: interrupted or out of time. */
  readonly exit: number | undefined;
}

/** Submits or finds a job and attends it; fails with RTL_WAIT_TIMEOUT, or as the handle does. */
export async function attend(
  find: () => Promise<JobHandle>,
  options: AttendOptions,
): Promise<Attended> {
  const visit = new Visit(options);
  try {
    const handle = await find();
    const done = await visit.follow(handle);
    return { handle, done, exit: visit.exit };
  } finally {
    visit.end();
  }
}

/** One stay with one job; it holds what the signals change. */
class Visit {
  exit: number | undefined;
  readonly #options: AttendOptions;
  readonly #patience = new AbortController();
  readonly #stops: (() => void)[];
  #handle: JobHandle | undefined;
  #seq: number;
  /** Set before there is a job to cancel. */
  #cancelWanted: { graceMs: number } | undefined;

  constructor(options: AttendOptions) {
    this.#options = options;
    this.#seq = options.after ?? 0;
    const leave = (exit: number) => () => this.#leave(exit);
    const cancels = [() => this.#askToEnd(INTERRUPTED), () => this.#force(), leave(INTERRUPTED)];
    const attached = options.interrupt === "cancel";
    const terminate = attached ? () => this.#askToEnd(TERMINATED) : leave(TERMINATED);
    this.#stops = [
      onInterrupt(attached ? cancels : [leave(INTERRUPTED)]),
      onSignal("SIGTERM", terminate),
      onSignal("SIGHUP", leave(HUNG_UP)),
    ];
    if (options.timeoutMs !== undefined) {
      const timer = setTimeout(() => this.#outOfTime(), options.timeoutMs);
      this.#stops.push(() => clearTimeout(timer));
    }
  }

  end(): void {
    for (const stop of this.#stops) stop();
    this.#options.progress.end();
  }

  async follow(handle: JobHandle): Promise<JobDone | undefined> {
    this.#handle = handle;
    if (this.#cancelWanted) this.#cancel(this.#cancelWanted.graceMs);
    const { signal } = this.#patience;
    if (signal.aborted) throw this.#timeout(handle.id);
    const late = once(signal, "abort").then(() => {
      throw this.#timeout(handle.id);
    });
    return await Promise.race([this.#read(handle), late]);
  }

  async #read(handle: JobHandle): Promise<JobDone | undefined> {
    const { after, until, onEvent, progress } = this.#options;
    const { signal } = this.#patience;
    for await (const event of handle.watch({ signal, ...(after !== undefined && { after }) })) {
      this.#seq = event.seq;
      progress.event(event);
      onEvent?.(event);
      if (event.type === "job.done") return event;
      if (until === "started" && event.type === "stage.started") return undefined;
    }
    throw new RtlError("RTL_INTERNAL", `the events of job ${handle.id} ended before the job`);
  }

  #askToEnd(exit: number): void {
    this.exit = exit;
    const grace = spanText(clocks.graceMs);
    const next = exit === INTERRUPTED ? "; Ctrl-C again to kill, a third time to leave" : "";
    this.#options.progress.note(`cancelling (${grace} grace)${next}`);
    this.#cancel(clocks.graceMs);
  }

  #force(): void {
    this.#options.progress.note("killing; Ctrl-C again to leave");
    this.#cancel(0);
  }

  #cancel(graceMs: number): void {
    this.#cancelWanted = { graceMs };
    const signal = this.exit === TERMINATED ? "SIGTERM" : "Ctrl-C";
    const reason = this.exit === undefined ? "out of time" : signal;
    this.#handle?.cancel({ graceMs, reason, by: requester() }).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.progress.note(`the job could not be told to end: ${message}`);
    });
  }

  #leave(exit: number): void {
    const { progress } = this.#options;
    progress.end();
    if (this.#handle) progress.note(hint(this.#handle.id, this.#seq));
    // Where several jobs are watched, each says how to come back to it first.
    setImmediate(() => process.exit(exit));
  }

  #outOfTime(): void {
    this.exit = new RtlError("RTL_WAIT_TIMEOUT", "").exitCode;
    if (this.#options.cancelOnTimeout) this.#cancel(clocks.graceMs);
    else this.#patience.abort();
  }

  #timeout(id: string): RtlError {
    const span = spanText(this.#options.timeoutMs ?? 0);
    const message = `job ${id} did not settle within ${span}`;
    return new RtlError("RTL_WAIT_TIMEOUT", message, { fix: hint(id, this.#seq) });
  }
}

/** How to come back to a job that runs on. */
export const hint = (id: string, seq: number): string =>
  `job ${id} runs on: rtl job watch ${id}${seq > 0 ? ` --after ${seq}` : ""}, rtl job cancel ${id}`;
