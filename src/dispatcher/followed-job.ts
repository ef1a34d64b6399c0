/**
 * Follows a durable job by its events, and does not take their word for everything: an event may be
 * lost with a connection or a relay, but the job's record is not. So a job that is silent is asked
 * after, and its end is taken from its record where no event told of it. It never ends a job.
 */
import type { Bus, Subscription } from "../bus/bus.ts";
import type { Cache } from "../cache/cache.ts";
import { RtlError } from "../protocol/errors.ts";
import { clocks } from "../protocol/limits.ts";
import type { JobDone, JobSummary, JobWireEvent } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { EventLog } from "./event-log.ts";

export interface FollowPorts {
  readonly bus: Bus;
  readonly cache: () => Promise<Cache>;
  readonly status: (id: string) => Promise<JobSummary>;
}

/** A client that was away, or a store that was set back, may be told once that a job is unknown. */
const unknownMax = 3;

export class FollowedJob {
  readonly log = new EventLog();
  readonly #id: string;
  readonly #ports: FollowPorts;
  readonly #events: Subscription;
  readonly #back: { stop(): void };
  #timer: NodeJS.Timeout | undefined;
  #silenceMs: number = clocks.silenceMs;
  #unknown = 0;
  /** Events that came while those of the past were still being read. */
  #early: JobWireEvent[] | undefined;
  #closed = false;

  /** Listens from now on. */
  constructor(id: string, ports: FollowPorts) {
    this.#id = id;
    this.#ports = ports;
    this.#events = ports.bus.subscribe(routes.jobEvent, { job: id }, (event) => {
      this.#silenceMs = clocks.silenceMs;
      this.#unknown = 0;
      if (this.#early === undefined) this.#push(event);
      else this.#early.push(event);
    });
    // All clients of a server that was away come back at once.
    this.#back = ports.bus.continuity.onBack(() => this.#lookAfter(Math.random() * 1_000));
    this.#lookAfter(this.#silenceMs);
  }

  /** Reads what the stream still knows of the job's past. Without it, its end is known all the same. */
  async readPast(): Promise<void> {
    this.#early = [];
    try {
      for await (const event of (await this.#ports.cache()).pastEvents(this.#id)) this.#push(event);
    } catch {
      // A store that has no stream, or is silent now: what is to come is heard without it.
    }
    const early = this.#early;
    this.#early = undefined;
    for (const event of early) this.#push(event);
  }

  #push(event: JobWireEvent): void {
    this.log.push(event);
    if (event.type === "job.done") this.close();
    else this.#lookAfter(this.#silenceMs);
  }

  #lookAfter(ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
    // Whoever waits for the job has a connection, which keeps the process.
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      this.take(await this.#ports.status(this.#id));
      this.#unknown = 0;
    } catch (error) {
      if (error instanceof RtlError && error.code === "RTL_JOB_UNKNOWN") this.#missed(error);
      // Any other failure is the bus's, and says nothing of the job.
    }
    this.#silenceMs = Math.min(clocks.silenceMsMax, 2 * this.#silenceMs);
    this.#lookAfter(this.#unknown > 0 ? clocks.beatMs : this.#silenceMs);
  }

  /** What the record says; news only where the job has ended. */
  take(summary: JobSummary): void {
    if (summary.settledAt === undefined || this.#closed) return;
    this.#early = undefined;
    this.log.push(doneOf(summary));
    this.close();
  }

  #missed(error: RtlError): void {
    if (++this.#unknown < unknownMax) return;
    const message = `no relay knows job ${this.#id} any more: the store has lost its record`;
    const fix = "submit it again, under the same id: that is one job, however often it is done";
    this.log.fail(
      new RtlError("RTL_JOB_UNKNOWN", message, { cause: error, at: { job: this.#id }, fix }),
    );
    this.close();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#events.stop();
    this.#back.stop();
  }
}

/** A job's last event, made from its record. */
function doneOf(summary: JobSummary): JobDone {
  const { failure, cancelled, rows, settledAt = 0, submittedAt, state } = summary;
  return {
    v: 1,
    seq: Number.MAX_SAFE_INTEGER,
    time: new Date(settledAt).toISOString(),
    job: summary.id,
    type: "job.done",
    state: state === "completed" || state === "cancelled" ? state : "failed",
    ms: settledAt - submittedAt,
    ...(failure !== undefined && { failure }),
    ...(cancelled !== undefined && { cancelled }),
    ...(rows !== undefined && { rows }),
    stages: [],
    counts: { attempts: 0, retries: 0, late: 0 },
  };
}
