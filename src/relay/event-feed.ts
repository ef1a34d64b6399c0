/**
 * The events of one job, numbered. Progress is coalesced, so that a job of a million chunks speaks
 * no oftener than one of ten.
 */
import type { JobId, Millis } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import type { JobSummary, JobWireEvent, StageReport } from "../protocol/messages.ts";

/** An event without what the feed adds to each. */
type Body<E = JobWireEvent> = E extends JobWireEvent
  ? Omit<E, "v" | "seq" | "time" | "job">
  : never;

export interface EventSink {
  publish(event: JobWireEvent): void;
}

type Progress = NonNullable<JobSummary["stages"]>;

const pauseMs = 1_000 / limits.progressPerSecondMax;

export class EventFeed {
  readonly #job: JobId;
  readonly #sink: EventSink;
  #seq: number;
  #progress: Progress = [];
  #unsent = false;
  #sentAt: number;
  /** Events that wait for the end of a job that may be over at once; absent when none are to wait. */
  #held: JobWireEvent[] | undefined;

  /** A `brief` job's events wait for its end or the next tick, so that all of them are one write. */
  /** `after` is a number that no event of the job has reached, where another relay began the feed. */
  constructor(job: JobId, sink: EventSink, brief = false, after = 0) {
    this.#job = job;
    this.#seq = after;
    this.#sink = sink;
    this.#held = brief ? [] : undefined;
    this.#sentAt = Number.NEGATIVE_INFINITY;
  }

  /** The newest progress, sent or not. */
  get latest(): Progress {
    return this.#progress;
  }

  send(body: Body, at: Millis): void {
    const time = new Date(at).toISOString();
    const event = { v: 1, seq: ++this.#seq, time, job: this.#job, ...body } as JobWireEvent;
    if (this.#held === undefined) return this.#sink.publish(event);
    this.#held.push(event);
    if (event.type === "job.done") this.#release();
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#sink.publish(event);
  }

  stageStarted(stage: string, at: Millis): void {
    this.send({ type: "stage.started", stage }, at);
  }

  stageCompleted(report: StageReport, at: Millis): void {
    this.send({ type: "stage.completed", report }, at);
  }

  cancelling(why: { readonly by: string; readonly reason: string }, at: Millis): void {
    this.send({ type: "job.cancelling", by: why.by, reason: why.reason }, at);
  }

  /** The first is held back too: a job that is over at once has nothing to tell of its progress. */
  progress(stages: Progress, at: Millis): void {
    this.#progress = stages;
    if (this.#sentAt === Number.NEGATIVE_INFINITY) this.#sentAt = at;
    this.#unsent = true;
    this.#sendDue(at);
  }

  /** Sends what was held back: all events of a job that lives on, and progress after its pause. */
  tick(at: Millis): void {
    this.#release();
    this.#sendDue(at);
  }

  #sendDue(at: Millis): void {
    if (this.#unsent && at - this.#sentAt >= pauseMs) this.flush(at);
  }

  /** Sends the newest progress, unless the job is over before anybody heard of it. */
  flush(at: Millis): void {
    if (!this.#unsent || this.#held !== undefined) return;
    this.#unsent = false;
    this.#sentAt = at;
    this.send({ type: "job.progress", stages: this.#progress }, at);
  }
}
