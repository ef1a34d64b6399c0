/**
 * The events of one job as a client has heard them, for any number of readers, each from where it
 * likes. Progress is kept only in its newest form, so that the log stays small however long a job
 * runs.
 */
import type { JobDone, JobWireEvent } from "../protocol/messages.ts";

export class EventLog {
  readonly #events: JobWireEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #failed: { readonly error: unknown } | undefined;
  #done: JobDone | undefined;
  #top = 0;

  get done(): JobDone | undefined {
    return this.#done;
  }

  /** Takes an event in; one that was heard before is dropped. */
  push(event: JobWireEvent): void {
    if (this.#done !== undefined || event.seq <= this.#top) return;
    this.#top = event.seq;
    if (event.type === "job.done") this.#done = event;
    if (event.type === "job.progress" && this.#events.at(-1)?.type === "job.progress") {
      this.#events.pop();
    }
    this.#events.push(event);
    this.#wake();
  }

  /** No more events will come: readers get the error. */
  fail(error: unknown): void {
    if (this.#done !== undefined || this.#failed !== undefined) return;
    this.#failed = { error };
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Events with a number above `after`, then those to come, up to and including `job.done`. */
  async *read(after = 0, signal?: AbortSignal): AsyncGenerator<JobWireEvent> {
    let seen = after;
    for (;;) {
      // Found by number and not by place, because the newest progress replaces the one before it.
      const next = this.#events.find((event) => event.seq > seen);
      if (next !== undefined) {
        seen = next.seq;
        yield next;
        if (next.type === "job.done") return;
      } else if (this.#done !== undefined) return;
      else if (this.#failed !== undefined) throw this.#failed.error;
      else await this.#change(signal);
      signal?.throwIfAborted();
    }
  }

  /** Resolves with the job's last event. */
  async settled(signal?: AbortSignal): Promise<JobDone> {
    while (this.#done === undefined) {
      if (this.#failed !== undefined) throw this.#failed.error;
      await this.#change(signal);
      signal?.throwIfAborted();
    }
    return this.#done;
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
      if (signal?.aborted) wake();
    });
  }
}
