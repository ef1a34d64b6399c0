/**
 * Marks of cancelled jobs that outlive every process. All that is published on a job's cancel subject,
 * by whomever, is kept by the server in a stream of its own, the newest of each job; a relay that takes
 * a job over, or was cut off for a while, looks here. It cancels nothing itself.
 */
import {
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
} from "nats";
import type { Bus } from "../bus/bus.ts";
import { decodeMessage, pack } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import { bareCancelSchema, type Cancel } from "../protocol/messages.ts";
import { routes, subjectOf } from "../protocol/routes.ts";
import { isMissing, storeFailure } from "./store-failure.ts";

/** As long as job records are kept, so that no record outlives its mark. */
export const cancelStream = {
  name: "RTL_CANCELS",
  subject: subjectOf(routes.jobCancel, { job: "*" }),
  ageMs: 7 * 24 * 3_600_000,
  bytesMax: 16 * 1024 * 1024,
} as const;

export interface CancelMark {
  readonly cancel: Cancel;
  /** When the server heard of it, by the server's clock. */
  readonly at: number;
}

export class Cancels {
  readonly #manager: JetStreamManager;
  readonly #stream: JetStreamClient;

  private constructor(manager: JetStreamManager, stream: JetStreamClient) {
    this.#manager = manager;
    this.#stream = stream;
  }

  /** Opens the stream, making it where it is missing. */
  static async open(bus: Bus): Promise<Cancels> {
    try {
      const manager = await bus.connection.jetstreamManager({ timeout: 5_000 });
      await ensureCancels(manager);
      return new Cancels(manager, bus.connection.jetstream({ timeout: 5_000 }));
    } catch (cause) {
      throw storeFailure(cause);
    }
  }

  /**
   * Publishes the cancel to all who listen for it, and resolves once the server has kept it. Throws
   * RTL_LIMIT_EXCEEDED where its store is full: then everybody has heard it, but it may be forgotten.
   */
  async mark(job: string, cancel: Cancel): Promise<void> {
    try {
      await this.#stream.publish(subjectOf(routes.jobCancel, { job }), pack(cancel));
    } catch (cause) {
      throw cause instanceof RtlError ? cause : storeFailure(cause);
    }
  }

  /** The newest cancel of a job, or undefined where none is kept. */
  async of(job: string): Promise<CancelMark | undefined> {
    try {
      const kept = await this.#manager.streams.getMessage(cancelStream.name, {
        last_by_subj: subjectOf(routes.jobCancel, { job }),
      });
      return { cancel: readCancel(kept.data, job), at: kept.time.getTime() };
    } catch (cause) {
      if (cause instanceof NatsError && isMissing(cause)) return undefined;
      throw storeFailure(cause);
    }
  }
}

/** Whatever was published, its subject says that the job is to end. */
function readCancel(data: Uint8Array, id: string): Cancel {
  try {
    return { ...decodeMessage(bareCancelSchema, data), id };
  } catch {
    return { id, by: "someone on the bus", reason: "" };
  }
}

async function ensureCancels(manager: JetStreamManager): Promise<void> {
  const { name, subject, ageMs, bytesMax } = cancelStream;
  try {
    await manager.streams.add({
      name,
      subjects: [subject],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
      max_age: nanos(ageMs),
      max_bytes: bytesMax,
      num_replicas: 1,
    });
  } catch (error) {
    // Another process made it first, perhaps with other bounds: what counts is that it is there.
    const there = await manager.streams.info(name).catch(() => undefined);
    if (there === undefined) throw error;
  }
}
