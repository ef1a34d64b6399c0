/**
 * The cache: JetStream key-value buckets for schemas, job records and results, and the short memory
 * of job events. It is the second and last door to NATS. Decisions are made by compare-and-set only,
 * never by reading first; nothing bulky goes in.
 */
import {
  type ConsumerMessages,
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type KV,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
} from "nats";
import type { Bus } from "../bus/bus.ts";
import { decodeMessage, pack, unpack } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import { checkedToken } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import {
  type JobWireEvent,
  jobEventSchema,
  type Result,
  resultSchema,
} from "../protocol/messages.ts";
import { type JobRecord, jobRecordSchema } from "../protocol/records.ts";
import { isMissing, storeFailure } from "./store-failure.ts";

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

/** Every bucket is bounded: without a bound the server takes three quarters of the free disk. */
export const buckets = {
  schemas: { name: "RTL_SCHEMAS", ttlMs: 24 * HOUR_MS, bytesMax: 16 * MIB },
  jobs: { name: "RTL_JOBS", ttlMs: 7 * 24 * HOUR_MS, bytesMax: 256 * MIB },
  results: { name: "RTL_RESULTS", ttlMs: 24 * HOUR_MS, bytesMax: 512 * MIB },
} as const;

export const eventStream = {
  name: "RTL_EVENTS",
  subject: "rtl.v1.job.*.event",
  ageMs: HOUR_MS,
  bytesMax: 64 * MIB,
} as const;

/** A value with the revision that a compare-and-set needs. */
export interface Versioned<T> {
  readonly value: T;
  readonly revision: number;
  /** When the server stored it, by the server's clock, in milliseconds since the epoch. */
  readonly storedAt: number;
}

export class Cache {
  readonly #schemas: KV;
  readonly #jobs: KV;
  readonly #results: KV;
  readonly #stream: JetStreamClient;

  private constructor(stream: JetStreamClient, schemas: KV, jobs: KV, results: KV) {
    this.#stream = stream;
    this.#schemas = schemas;
    this.#jobs = jobs;
    this.#results = results;
  }

  /** Opens the buckets, making those that are missing. Needs a server with JetStream. */
  static async open(bus: Bus): Promise<Cache> {
    try {
      const manager = await bus.connection.jetstreamManager({ timeout: 5_000 });
      const stream = bus.connection.jetstream({ timeout: 5_000 });
      await ensureEvents(manager);
      const open = ({ name, ttlMs, bytesMax }: (typeof buckets)[keyof typeof buckets]) =>
        stream.views.kv(name, { history: 1, ttl: ttlMs, max_bytes: bytesMax });
      const kvs = await Promise.all([
        open(buckets.schemas),
        open(buckets.jobs),
        open(buckets.results),
      ]);
      return new Cache(stream, ...kvs);
    } catch (cause) {
      throw storeFailure(cause);
    }
  }

  // --- schemas: what a custom client stores under its envelope's id -----------------------------

  async putSchema(id: string, schema: unknown): Promise<void> {
    await guarded(() => this.#schemas.put(key(id), pack(schema)));
  }

  async getSchema(id: string): Promise<unknown> {
    const entry = await guarded(() => this.#schemas.get(key(id)));
    return entry?.operation === "PUT" ? unpack(entry.value) : undefined;
  }

  // --- job records ------------------------------------------------------------------------------

  /** Stores the record unless the id is taken. Returns its revision, or undefined when taken. */
  async createJob(record: JobRecord): Promise<number | undefined> {
    try {
      return await guarded(() => this.#jobs.create(key(record.id), pack(record)));
    } catch (error) {
      if (isWrongRevision(error)) return undefined;
      throw error;
    }
  }

  /** Replaces the record if nobody else did meanwhile. Returns the new revision, or undefined. */
  async updateJob(record: JobRecord, revision: number): Promise<number | undefined> {
    try {
      return await guarded(() => this.#jobs.update(key(record.id), pack(record), revision));
    } catch (error) {
      if (isWrongRevision(error)) return undefined;
      throw error;
    }
  }

  async getJob(id: string): Promise<Versioned<JobRecord> | undefined> {
    const entry = await guarded(() => this.#jobs.get(key(id)));
    if (entry?.operation !== "PUT") return undefined;
    const { revision, created } = entry;
    const value = decodeMessage(jobRecordSchema, entry.value);
    return { value, revision, storedAt: created.getTime() };
  }

  /** All records, in no order. Of one that cannot be read `unreadable` is told, and the rest come. */
  async *jobs(unreadable: (id: string, error: unknown) => void): AsyncGenerator<JobRecord> {
    const entries = await guarded(() => this.#jobs.history({ key: ">" }));
    for await (const entry of entries) {
      if (entry.operation !== "PUT") continue;
      let record: JobRecord;
      try {
        record = decodeMessage(jobRecordSchema, entry.value);
      } catch (error) {
        unreadable(entry.key, error);
        continue;
      }
      yield record;
    }
  }

  // --- results ------------------------------------------------------------------------------------

  /** Each relay that had the job writes under its own term, so that a late one replaces nothing. */
  async putResult(job: string, term: number, result: Result): Promise<void> {
    await guarded(() => this.#results.put(`${key(job)}.${term}`, pack(result)));
  }

  async getResult(job: string, term: number): Promise<Result | undefined> {
    const entry = await guarded(() => this.#results.get(`${key(job)}.${term}`));
    return entry?.operation === "PUT" ? decodeMessage(resultSchema, entry.value) : undefined;
  }

  // --- events -----------------------------------------------------------------------------------------

  /** The last event of a job that the stream still knows. */
  async lastEvent(job: string): Promise<JobWireEvent | undefined> {
    try {
      const manager = await this.#stream.jetstreamManager();
      const kept = await manager.streams.getMessage(eventStream.name, {
        last_by_subj: eventStream.subject.replace("*", key(job)),
      });
      return decodeMessage(jobEventSchema, kept.data);
    } catch (cause) {
      if (cause instanceof NatsError && isMissing(cause)) return undefined;
      throw cause instanceof RtlError ? cause : storeFailure(cause);
    }
  }

  /** The events of a job that the stream still knows, then those to come. `stop` ends it. */
  async events(job: string): Promise<{
    readonly events: AsyncIterable<JobWireEvent>;
    /** How many events there were when it was opened. */
    readonly pending: number;
    readonly stop: () => Promise<void>;
  }> {
    const consumer = await guarded(() =>
      // From the first event: so it begins by itself, and 2.9.10 refuses to be told twice.
      this.#stream.consumers.get(eventStream.name, {
        filterSubjects: eventStream.subject.replace("*", key(job)),
      }),
    );
    const { num_pending: pending } = await guarded(() => consumer.info());
    const messages: ConsumerMessages = await guarded(() => consumer.consume());
    async function* read(): AsyncGenerator<JobWireEvent> {
      for await (const message of messages) yield decodeMessage(jobEventSchema, message.data);
    }
    return {
      events: read(),
      pending,
      stop: async () => {
        await messages.close();
        await consumer.delete().catch(() => undefined);
      },
    };
  }
}

async function ensureEvents(manager: JetStreamManager): Promise<void> {
  const config = {
    name: eventStream.name,
    subjects: [eventStream.subject],
    storage: StorageType.Memory,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(eventStream.ageMs),
    max_bytes: eventStream.bytesMax,
    max_msg_size: limits.payloadBytesMax,
    num_replicas: 1,
  };
  try {
    await manager.streams.add(config);
  } catch (error) {
    // Another process made it first, perhaps with other bounds: what counts is that it is there.
    const there = await manager.streams.info(eventStream.name).catch(() => undefined);
    if (there === undefined) throw error;
  }
}

/** Ids become keys as they are, because their alphabet is a subset of what keys allow. */
const key = (id: string): string => checkedToken(id, "job");

function isWrongRevision(error: unknown): boolean {
  const cause = error instanceof RtlError ? error.cause : error;
  return cause instanceof NatsError && cause.api_error?.err_code === 10071;
}

/** Failures of the store in our own words; "wrong last sequence" keeps its cause. */
async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof RtlError || isWrongRevision(cause)) throw cause;
    throw storeFailure(cause);
  }
}
