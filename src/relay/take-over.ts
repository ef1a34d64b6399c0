/**
 * Durable jobs whose relay is gone: another relay makes them its own by compare-and-set, so that only
 * one can, and goes on with them; of those that had settled it tells the end, if nobody has heard of it.
 * It looks only when there is reason to: at its start, when a relay has fallen silent, and after it was
 * cut off itself.
 */
import type { Cache } from "../cache/cache.ts";
import type { Cancels } from "../cache/cancels.ts";
import type { Log } from "../host/log.ts";
import { errorKinds, toFailure } from "../protocol/errors.ts";
import type { Millis } from "../protocol/ids.ts";
import { clocks } from "../protocol/limits.ts";
import type { Result } from "../protocol/messages.ts";
import type { JobRecord } from "../protocol/records.ts";
import { blocksIn, type DoneBody } from "./conclude.ts";
import type { Ends } from "./ends.ts";
import { isOfThisJob } from "./job-record.ts";
import type { Jobs } from "./jobs.ts";
import type { PreparedJob } from "./resume-job.ts";

export interface TakeOverPorts {
  readonly cache: Cache;
  readonly cancels: Cancels;
  readonly jobs: Jobs;
  readonly ends: Ends;
  readonly log: Log;
  readonly now: () => Millis;
  /** Our own name, and which of its lives this is. */
  readonly relay: string;
  readonly life: string;
  /** Whether a relay beats, in this life of it. */
  readonly lives: (relay: string, life: string) => boolean;
  /** A job is ours now: whoever had it is to hear of it. */
  readonly took: (job: string) => void;
}

/** Pause before jobs are looked at again that could not be taken over. */
const lookAgainMs = 500;
/** Ends that are older are not told again: who was interested has asked by now. */
const toldWithinMs = 10 * 60_000;

export class TakeOver {
  readonly #ports: TakeOverPorts;
  #wanted = false;
  #looking = false;
  /** Something could not be done now. */
  #again = false;
  #notBefore = 0;
  /** Since when jobs cannot be planned, for lack of a node that offers their tasks. */
  readonly #unplanned = new Map<string, Millis>();
  /** Jobs that may be recorded as ours, and that we do not have. */
  readonly #unsure = new Set<string>();
  /** Settled jobs of relays that are gone whose end has been told. */
  readonly #told = new Set<string>();

  constructor(ports: TakeOverPorts) {
    this.#ports = ports;
  }

  /** There may be jobs without a relay. */
  want(): void {
    this.#wanted = true;
    this.#notBefore = 0;
  }

  /** Looks, if there is reason to. What cannot be taken over yet is looked at again. */
  async look(): Promise<void> {
    if (this.#looking || !(this.#wanted || this.#ports.jobs.hasUnsure)) return;
    if (this.#ports.now() < this.#notBefore) return;
    this.#looking = true;
    this.#wanted = false;
    const unreadable = (job: string, error: unknown) =>
      this.#ports.log.warn({ job, error }, "a job record cannot be read");
    for (const id of this.#ports.jobs.takeUnsure()) this.#unsure.add(id);
    try {
      const orphans: JobRecord[] = [];
      for await (const record of this.#ports.cache.jobs(unreadable)) {
        if (this.#isOrphan(record)) orphans.push(record);
      }
      // Side by side: each waits for answers of the store and of the nodes.
      await Promise.all(orphans.map((record) => this.#takeOne(record)));
    } catch (error) {
      this.#again = true;
      this.#ports.log.warn({ error }, "jobs without a relay could not be looked for");
    } finally {
      this.#looking = false;
      // Every look reads all records: what could not be done now is not asked for at every tick.
      if (this.#again && !this.#wanted) this.#notBefore = this.#ports.now() + lookAgainMs;
      this.#wanted ||= this.#again;
      this.#again = false;
    }
  }

  #isOrphan(record: JobRecord): boolean {
    const { jobs, lives } = this.#ports;
    if (jobs.get(record.id) !== undefined) return false;
    return !lives(record.relay, record.life) || this.#unsure.has(record.id);
  }

  /** What goes wrong with one job is no reason to leave the others. */
  async #takeOne(record: JobRecord): Promise<void> {
    try {
      await (record.settledAt === undefined ? this.#take(record.id) : this.#tell(record));
    } catch (error) {
      this.#again = true;
      this.#ports.log.warn({ job: record.id, error }, "a job could not be taken over");
    }
  }

  async #take(id: string): Promise<void> {
    const { cache, cancels, jobs, ends, relay, life, log, took } = this.#ports;
    const found = await cache.getJob(id);
    if (found === undefined || found.value.settledAt !== undefined) return;
    if (!this.#isOrphan(found.value)) return;
    const prepared = this.#prepare(found.value);
    if (prepared === "later") return;
    const { value: before, storedAt, revision } = found;
    const acceptedAt = before.acceptedAt ?? storedAt;
    const value = { ...before, relay, life, acceptedAt, takeovers: before.takeovers + 1 };
    const updated = await cache.updateJob(value, revision);
    if (updated === undefined) return;
    log.warn({ job: id, from: before.relay }, "job taken over");
    this.#unsure.delete(id);
    took(id);
    const record = { value, revision: updated };
    if ("failure" in prepared) return ends.abandon(record, prepared.failure);
    const mark = await cancels.of(id);
    const isMeant = mark !== undefined && isOfThisJob(mark, value, storedAt);
    await jobs.resume(record, prepared, isMeant ? mark.cancel : undefined);
  }

  /** A job that no node could run just now may find its nodes again in a while. */
  #prepare(
    record: JobRecord,
  ): PreparedJob | { readonly failure: ReturnType<typeof toFailure> } | "later" {
    const { jobs, now } = this.#ports;
    try {
      const prepared = jobs.prepare(record);
      this.#unplanned.delete(record.id);
      return prepared;
    } catch (error) {
      const failure = toFailure(error, "RTL_INTERNAL");
      const since = this.#unplanned.get(record.id) ?? now();
      this.#unplanned.set(record.id, since);
      const waits = now() - since < clocks.queueWaitMs;
      if (waits && errorKinds[failure.code].exitCode !== errorKinds.RTL_INTERNAL.exitCode) {
        this.#again = true;
        return "later";
      }
      this.#unplanned.delete(record.id);
      return { failure };
    }
  }

  /** Its relay may have died between keeping the end of a job and telling of it. */
  async #tell(record: JobRecord): Promise<void> {
    const { cache, ends, log, now } = this.#ports;
    const { id, settledAt = 0 } = record;
    if (this.#told.has(id) || Math.abs(now() - settledAt) > toldWithinMs) return;
    this.#told.add(id);
    const last = await cache.lastEvent(id);
    // It may also have died after telling, and before the input was gone from the store.
    if (last?.type === "job.done") return ends.letInputGo(record);
    const result = record.state === "completed" ? await cache.resultOf(record) : undefined;
    log.warn({ job: id, from: record.relay }, "the end of a job is told for another relay");
    ends.tell(record, doneOf(record, result), blocksIn(result), now());
  }
}

function doneOf(record: JobRecord, result: Result | undefined): DoneBody {
  const { state, settledAt = 0, submittedAt } = record;
  const { failure, cancelled, rows, reports = [] } = record;
  return {
    type: "job.done",
    state: state === "completed" || state === "cancelled" ? state : "failed",
    ms: Math.max(0, settledAt - submittedAt),
    ...(failure && { failure }),
    ...(cancelled && { cancelled }),
    ...(rows !== undefined && { rows }),
    ...(result && record.encoding === "msgpack" && { result }),
    stages: reports,
    counts: { attempts: 0, retries: 0, late: 0 },
  };
}
