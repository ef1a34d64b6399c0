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
  #seq = 0;
  #progress: Progress = [];
  #unsent = false;
  #sentAt: number;

  constructor(job: JobId, sink: EventSink) {
    this.#job = job;
    this.#sink = sink;
    this.#sentAt = Number.NEGATIVE_INFINITY;
  }

  /** The newest progress, sent or not. */
  get latest(): Progress {
    return this.#progress;
  }

  send(body: Body, at: Millis): void {
    const time = new Date(at).toISOString();
    this.#sink.publish({ v: 1, seq: ++this.#seq, time, job: this.#job, ...body } as JobWireEvent);
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
    this.tick(at);
  }

  /** Sends progress that was held back, once its pause is over. */
  tick(at: Millis): void {
    if (this.#unsent && at - this.#sentAt >= pauseMs) this.flush(at);
  }

  flush(at: Millis): void {
    if (!this.#unsent) return;
    this.#unsent = false;
    this.#sentAt = at;
    this.send({ type: "job.progress", stages: this.#progress }, at);
  }
}
