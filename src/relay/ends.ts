/**
 * The ends of jobs that no loop of this relay has: of those that could not even begin here, and of those
 * whose relay died between keeping their end and telling of it.
 */
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import type { Failure } from "../protocol/errors.ts";
import type { Millis } from "../protocol/ids.ts";
import type { JobRecord } from "../protocol/records.ts";
import { routes } from "../protocol/routes.ts";
import { closeRecord, type DoneBody, forgetInput, type OwnedJob, type Stores } from "./conclude.ts";
import { publishEvent } from "./job-ports.ts";

/** Events are numbered from here for each relay that took a job over: no relay sends so many. */
export const eventsPerRelayMax = 1_000_000_000;

export class Ends {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #stores: Stores;

  constructor(bus: Bus, clock: Clock, stores: Stores) {
    this.#bus = bus;
    this.#clock = clock;
    this.#stores = stores;
  }

  /** Ends a job of ours that could not even begin, as one that failed. */
  async abandon(record: NonNullable<OwnedJob["record"]>, failure: Failure): Promise<void> {
    const { value } = record;
    const at = this.#clock.now();
    const done = {
      type: "job.done" as const,
      state: "failed" as const,
      ms: at - value.submittedAt,
      failure: failure as never,
      stages: [],
      counts: { attempts: 0, retries: 0, late: 0 },
    };
    if (!(await closeRecord(this.#stores.cache, record, done, at))) return;
    this.tell(value, done, [], at);
  }

  /**
   * Sends the last event of a job that no loop of ours has. First its nodes let go of what its relay
   * left there, but for the blocks that its result lies in.
   */
  tell(value: JobRecord, done: DoneBody, except: string[], at: Millis): void {
    const { id: job, encoding, group, takeovers: term } = value;
    this.#bus.publish(routes.jobForget, { job }, { id: job, term, except });
    this.letInputGo(value);
    const seq = term * eventsPerRelayMax + eventsPerRelayMax - 1;
    const event = { v: 1 as const, seq, time: new Date(at).toISOString(), job, ...done };
    const submit = { id: job, mode: "durable" as const, ...(group !== undefined && { group }) };
    publishEvent(this.#bus, this.#stores, submit, { reply: undefined, encoding }, event);
  }

  /**
   * Removes what the store keeps of the input of a job that has ended, unless the job left work that
   * nobody could do: that is tried again with it.
   */
  letInputGo(value: JobRecord): void {
    const { deadLetters, log } = this.#stores;
    const { id: job, inputKept, state } = value;
    if (inputKept === undefined) return;
    if (state === "completed" || state === "cancelled") return forgetInput(value, this.#stores);
    deadLetters.get(job).then(
      (letter) => letter ?? forgetInput(value, this.#stores),
      (error: unknown) => log.warn({ job, error }, "a job's input stays in the store"),
    );
  }
}
