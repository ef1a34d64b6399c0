/**
 * Ephemeral jobs of one client. Short ones go over a lane, where there is one; else their events come
 * back on the reply subject of the submit, one message out and one back for the fastest. While any is under way the client beats; a
 * relay ends those of a silent client, and this side gives up those of a silent relay, and those whose
 * end was told while the connection was lost.
 */
import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import { type Failure, RtlError } from "../protocol/errors.ts";
import { fit } from "../protocol/fit.ts";
import type { Millis } from "../protocol/ids.ts";
import { clocks } from "../protocol/limits.ts";
import { type Cancel, type JobSummary, jobEventSchema, type Submit } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import type { TraceContext } from "../protocol/trace-context.ts";
import { standIn } from "../table/stand-in.ts";
import { EventLog } from "./event-log.ts";
import type { Lane } from "./lane.ts";
import { type LaneJob, settleCancelled } from "./lane-job.ts";
import { type AskForLane, Lanes } from "./lanes.ts";
import { type Ways, waysOf } from "./ways.ts";

type Message = Omit<Submit, "mode"> & { readonly mode: Submit["mode"] };

/** A relay that says nothing at all for this long did not take the job. */
const firstWordMs = 5_000;
/**
 * Any relay answers a question, but only its own knows an ephemeral job: after so many that do not, in
 * so many at once, it is over.
 */
const unknownMax = 12;
const asksAtOnce = 3;

interface Pending {
  readonly log: EventLog;
  readonly submittedAt: Millis;
  /** Known once the job has lived long enough to be worth announcing. */
  relay: string | undefined;
  readonly close: () => void;
  /** Since when we may have missed its end: the connection was lost, and nothing was heard since. */
  doubtedAt: Millis | undefined;
  unknown: number;
}

export class EphemeralJobs {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #ways: Ways;
  readonly #pending = new Map<string, Pending>();
  readonly #relays = new Map<string, Millis>();
  readonly #lanes: Lanes;
  /** Results of jobs that went over a lane, in blocks that nobody has read yet. */
  readonly #inBlocks = new Map<string, () => void>();
  readonly #onLane = new Map<string, { readonly lane: Lane; readonly job: LaneJob }>();
  #relayBeats: Subscription | undefined;
  #stopBeating: (() => void) | undefined;

  constructor(bus: Bus, clock: Clock, askForLane: AskForLane) {
    this.#bus = bus;
    this.#clock = clock;
    this.#ways = waysOf(bus.member);
    this.#lanes = new Lanes(bus, clock, askForLane);
    bus.continuity.onBack(() => {
      for (const pending of this.#pending.values()) pending.doubtedAt = clock.now();
    });
  }

  /**
   * Hands the job in; `text` is its document as text, where that is known. The log fails when the job is
   * refused or its relay is lost.
   */
  submit(message: Message, text: string | undefined, trace?: TraceContext): EventLog {
    const log = new EventLog();
    const { id } = message;
    if (this.#pending.has(id) || this.#onLane.has(id)) throw isRunning(id);
    const lane = this.#laneFor(message, text);
    if (lane === undefined) this.#send(message, log, trace);
    else {
      const job: LaneJob = {
        id,
        input: message.input ?? standIn(),
        log,
        submittedAt: this.#clock.now(),
        over: () => void this.#onLane.delete(id),
        relay: () => this.#resend(message, log),
        inBlock: (consumed) => void this.#inBlocks.set(id, consumed),
      };
      this.#onLane.set(id, { lane, job });
      lane.run(job);
    }
    return log;
  }

  /** What is placed elsewhere, answered elsewhere or cancelled with another job is a relay's business. */
  #laneFor(message: Message, text: string | undefined): Lane | undefined {
    const { spec, input, origin, group, profile } = message;
    if (text === undefined || origin !== undefined || group !== undefined) return undefined;
    if (profile === true) return undefined;
    if (input !== undefined && !("inline" in input)) return undefined;
    return this.#lanes.find(text, spec, input?.rows ?? 1);
  }

  /** What a job is that is on a lane, of which no relay knows; undefined for any other. */
  status(id: string): JobSummary | undefined {
    const found = this.#onLane.get(id);
    if (found === undefined) return undefined;
    const { submittedAt } = found.job;
    return { id, state: "running", client: this.#bus.id, relay: "", submittedAt };
  }

  /** The result of a job has been read. False where that is not a lane's business. */
  consumed(id: string): boolean {
    const consumed = this.#inBlocks.get(id);
    this.#inBlocks.delete(id);
    consumed?.();
    return consumed !== undefined;
  }

  /** Ends a job that is on a lane, or has its own relay end it: no other knows it. */
  cancel(cancel: Cancel): void {
    const { id, by, reason, graceMs } = cancel;
    const found = this.#onLane.get(id);
    if (found === undefined) return this.#tellRelay(cancel);
    found.lane.cancel(found.job, graceMs);
    settleCancelled(found.job, by, reason, this.#clock.now());
  }

  #tellRelay(cancel: Cancel): void {
    const { direct, tokens } = this.#ways;
    if (direct) this.#bus.publish(routes.jobCancel, { job: cancel.id }, cancel);
    else this.#bus.publish(this.#ways.cancel, tokens, cancel);
  }

  #resend(message: Message, log: EventLog): void {
    try {
      this.#send(message, log);
    } catch (error) {
      log.fail(error);
    }
  }

  #send(message: Message, log: EventLog, trace?: TraceContext): void {
    const { id } = message;
    const reply = this.#bus.openReply((answer, failure) => this.#heard(id, answer, failure));
    const submittedAt = this.#clock.now();
    this.#pending.set(id, {
      log,
      submittedAt,
      relay: undefined,
      close: reply.close,
      doubtedAt: undefined,
      unknown: 0,
    });
    this.#keepBeating();
    try {
      const { submit, tokens } = this.#ways;
      this.#bus.publish(submit, tokens, message, { reply: reply.subject, trace });
    } catch (error) {
      this.#end(id);
      throw error;
    }
  }

  #heard(id: string, answer: unknown, failure: Failure | undefined): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (failure !== undefined) return this.#fail(id, RtlError.from(failure));
    const event = fit(jobEventSchema, answer);
    if (!event.success) {
      const message = `an event of the job does not fit: ${event.error.issues[0]?.message}`;
      return this.#fail(id, new RtlError("RTL_MESSAGE_INVALID", message));
    }
    pending.doubtedAt = undefined;
    if (event.data.type === "job.accepted") pending.relay = event.data.relay;
    pending.log.push(event.data);
    if (event.data.type === "job.done") this.#end(id);
  }

  #fail(id: string, error: RtlError): void {
    this.#pending.get(id)?.log.fail(error);
    this.#end(id);
  }

  #end(id: string): void {
    this.#pending.get(id)?.close();
    this.#pending.delete(id);
  }

  #keepBeating(): void {
    if (this.#stopBeating !== undefined) return;
    this.#relayBeats ??= this.#bus.subscribe(routes.relayBeat, { relay: "*" }, ({ relay }) => {
      this.#relays.set(relay, this.#clock.now());
    });
    this.#stopBeating = this.#clock.every(clocks.beatMs, () => this.#beat());
  }

  #beat(): void {
    if (this.#pending.size === 0) {
      this.#stopBeating?.();
      this.#stopBeating = undefined;
      return;
    }
    this.#bus.publish(routes.clientBeat, { client: this.#bus.id }, { v: 1, client: this.#bus.id });
    const at = this.#clock.now();
    for (const [id, pending] of this.#pending) {
      const { submittedAt, relay, doubtedAt } = pending;
      if (doubtedAt !== undefined && at - doubtedAt > clocks.leaseMs) {
        for (let ask = 0; ask < asksAtOnce; ask++) void this.#askAfter(id, pending);
      }
      const heardAt = relay === undefined ? undefined : this.#relays.get(relay);
      const silent = at - Math.max(submittedAt, heardAt ?? 0);
      if (silent < (relay === undefined ? firstWordMs : firstWordMs + clocks.leaseMs)) continue;
      const what = relay === undefined ? "no relay took the job" : `relay ${relay} fell silent`;
      const fix = "an ephemeral job ends with its relay: submit it again, or submit it as durable";
      this.#fail(id, new RtlError("RTL_NO_RELAY", what, { at: { job: id }, fix }));
    }
  }

  async #askAfter(id: string, pending: Pending): Promise<void> {
    try {
      await this.#bus.request(routes.jobStatus, {}, { id }, { timeoutMs: clocks.answerMs });
      pending.doubtedAt = this.#clock.now();
      pending.unknown = 0;
    } catch (error) {
      // Any other failure says nothing of the job.
      if (!(error instanceof RtlError) || error.code !== "RTL_JOB_UNKNOWN") return;
      if (++pending.unknown < unknownMax || this.#pending.get(id) !== pending) return;
      const what = "the connection was lost, and with it how the job ended";
      const fix = "submit it again, or submit it as durable: its record then tells of its end";
      this.#fail(id, new RtlError("RTL_NO_RELAY", what, { at: { job: id }, fix }));
    }
  }

  close(): void {
    this.#stopBeating?.();
    this.#relayBeats?.stop();
    this.#lanes.close();
    for (const [id, { job }] of this.#onLane) job.log.fail(wasClosed(id));
    this.#onLane.clear();
    for (const [id, { log }] of this.#pending) {
      const cancel = { id, by: this.#bus.id, reason: "its client closed", graceMs: 0 };
      this.#tellRelay(cancel);
      log.fail(wasClosed(id));
      this.#end(id);
    }
  }
}

const wasClosed = (job: string): RtlError =>
  new RtlError("RTL_JOB_CANCELLED", "the client was closed", { at: { job } });

const isRunning = (job: string): RtlError =>
  new RtlError("RTL_JOB_CONFLICT", `a job ${job} is running`, {
    at: { job },
    fix: "choose another id, or leave it out to get a new one",
  });
