/**
 * The cache: JetStream key-value buckets for schemas, job records and results, and the short memory
 * of job events. It is the second and last door to NATS. Decisions are made by compare-and-set only,
 * never by reading first; nothing bulky goes in.
 */
import { AckPolicy, DeliverPolicy, type KV, nanos } from "nats";
import type { Bus } from "../bus/bus.ts";
import { decodeMessage, pack, unpack } from "../protocol/codec.ts";
import { checkedToken } from "../protocol/ids.ts";
import { clocks } from "../protocol/limits.ts";
import {
  type JobWireEvent,
  jobEventSchema,
  type Result,
  resultSchema,
} from "../protocol/messages.ts";
import { type JobRecord, jobRecordSchema } from "../protocol/records.ts";
import { buckets, diskBytesOfAll, eventStream } from "./bounds.ts";
import { newestOf } from "./newest.ts";
import { openBuckets, openStream } from "./open-store.ts";
import { Store } from "./store.ts";
import { isWrongRevision, silent } from "./store-errors.ts";
import { Values } from "./values.ts";

/** A value with the revision that a compare-and-set needs. */
export interface Versioned<T> {
  readonly value: T;
  readonly revision: number;
  /** When the server stored it, by the server's clock, in milliseconds since the epoch. */
  readonly storedAt: number;
}

export interface CacheSettings {
  /**
   * On how many servers of a cluster all is kept: what is new is made so, and what is there is raised
   * to it. Undefined: one for what is new.
   */
  readonly replicas?: number | undefined;
}

export class Cache {
  readonly #schemas: Values;
  readonly #jobs: KV;
  readonly #results: KV;
  readonly #store: Store;

  private constructor(store: Store, [, jobs, results]: readonly KV[]) {
    if (!jobs || !results) throw new Error("a bucket was not opened");
    this.#store = store;
    this.#schemas = new Values(store.bus, "schemas");
    this.#jobs = jobs;
    this.#results = results;
  }

  /** Opens the buckets, making those that are missing. Needs a server with JetStream. */
  static async open(bus: Bus, { replicas }: CacheSettings = {}): Promise<Cache> {
    const store = new Store(bus);
    const openAll = async () => {
      await openStream(store, eventStream, { bytesOfAll: diskBytesOfAll, replicas });
      const { schemas, jobs, results } = buckets;
      return openBuckets(store, [schemas, jobs, results], {
        bytesOfAll: diskBytesOfAll,
        replicas,
      });
    };
    const kvs = await openAll();
    // A server that comes back has lost what was in its memory only, and perhaps its whole disk. What
    // fails here is told by the next who needs it.
    bus.continuity.onBack(() => void openAll().catch(() => undefined));
    return new Cache(store, kvs);
  }

  // --- schemas: what a custom client stores under its envelope's id -----------------------------

  /** `ttlMs`: how long it is good; without it, as long as its bucket keeps it. */
  async putSchema(id: string, schema: unknown, ttlMs?: number): Promise<void> {
    await this.#schemas.put(key(id), pack(schema), ttlMs);
  }

  async getSchema(id: string): Promise<unknown> {
    const value = await this.#schemas.get(key(id));
    return value && unpack(value);
  }

  // --- job records ------------------------------------------------------------------------------

  /** Stores the record unless the id is taken. Returns its revision, or undefined when taken. */
  async createJob(record: JobRecord): Promise<number | undefined> {
    const data = pack(record);
    return this.#write(record.id, data, () => this.#jobs.create(key(record.id), data));
  }

  /** Replaces the record if nobody else did meanwhile. Returns the new revision, or undefined. */
  async updateJob(record: JobRecord, revision: number): Promise<number | undefined> {
    const data = pack(record);
    return this.#write(record.id, data, () => this.#jobs.update(key(record.id), data, revision));
  }

  /** One compare-and-set: the new revision, or undefined when somebody else was first. */
  async #write(
    id: string,
    data: Uint8Array,
    write: () => Promise<number>,
  ): Promise<number | undefined> {
    let repeated = false;
    try {
      return await this.#store.ask(write, () => {
        repeated = true;
      });
    } catch (error) {
      if (!isWrongRevision(error)) throw error;
      if (!repeated) return undefined;
      // Our own first try may have been heard, and only its answer lost.
      const entry = await this.#store.ask(() => this.#jobs.get(key(id)));
      const own = entry?.operation === "PUT" && Buffer.compare(entry.value, data) === 0;
      return own ? entry.revision : undefined;
    }
  }

  async getJob(id: string): Promise<Versioned<JobRecord> | undefined> {
    const entry = await this.#store.ask(() => this.#jobs.get(key(id)));
    if (entry?.operation !== "PUT") return undefined;
    const { revision, created } = entry;
    const value = decodeMessage(jobRecordSchema, entry.value);
    return { value, revision, storedAt: created.getTime() };
  }

  /** All records, in no order. Of one that cannot be read `unreadable` is told, and the rest come. */
  async *jobs(unreadable: (id: string, error: unknown) => void): AsyncGenerator<JobRecord> {
    const entries = await this.#store.ask(() => this.#jobs.history({ key: ">" }));
    const watch = () =>
      setTimeout(() => entries.stop(silent(undefined, clocks.storeAnswerMs)), clocks.storeAnswerMs);
    // A server that goes away meanwhile leaves a list without an end.
    let idle = watch();
    try {
      for await (const entry of entries) {
        idle.refresh();
        if (entry.operation !== "PUT") continue;
        const record = readable(entry, unreadable);
        if (record === undefined) continue;
        clearTimeout(idle);
        yield record;
        idle = watch();
      }
    } finally {
      clearTimeout(idle);
    }
  }

  // --- results ------------------------------------------------------------------------------------

  /** Each relay that had the job writes under its own term, so that a late one replaces nothing. */
  async putResult(job: string, term: number, result: Result): Promise<void> {
    await this.#store.ask(() => this.#results.put(`${key(job)}.${term}`, pack(result)));
  }

  /** The result of a job, wherever it is: a small one is in the record. */
  async resultOf(record: JobRecord): Promise<Result | undefined> {
    return record.result ?? this.getResult(record.id, record.takeovers);
  }

  async getResult(job: string, term: number): Promise<Result | undefined> {
    const entry = await this.#store.ask(() => this.#results.get(`${key(job)}.${term}`));
    return entry?.operation === "PUT" ? decodeMessage(resultSchema, entry.value) : undefined;
  }

  // --- events -----------------------------------------------------------------------------------------

  /** The last event of a job that the stream still knows. */
  async lastEvent(job: string): Promise<JobWireEvent | undefined> {
    const subject = eventStream.subject.replace("*", key(job));
    const kept = await newestOf(this.#store, eventStream.name, subject);
    return kept && eventOf(kept.data);
  }

  /** The events of a job that the stream still knows, oldest first. */
  async *pastEvents(job: string): AsyncGenerator<JobWireEvent> {
    const { name, subject } = eventStream;
    const { connection } = this.#store.bus;
    const options = { timeout: clocks.storeAnswerMs };
    const manager = await this.#store.ask(() => connection.jetstreamManager(options));
    const { name: consumer, num_pending: pending } = await this.#store.ask(() =>
      manager.consumers.add(name, {
        filter_subject: subject.replace("*", key(job)),
        deliver_policy: DeliverPolicy.All,
        ack_policy: AckPolicy.None,
        mem_storage: true,
        inactive_threshold: nanos(2 * clocks.storeAnswerMs),
      }),
    );
    try {
      const reader = await connection.jetstream(options).consumers.get(name, consumer);
      for (let left = pending; left > 0; ) {
        const messages = await reader.fetch({
          max_messages: Math.min(left, eventsAtOnce),
          expires: clocks.storeAnswerMs,
        });
        let came = 0;
        for await (const message of messages) {
          came++;
          const event = eventOf(message.data);
          if (event !== undefined) yield event;
        }
        // What was forgotten meanwhile does not come any more.
        if (came === 0) return;
        left -= came;
      }
    } finally {
      await manager.consumers.delete(name, consumer).catch(() => false);
    }
  }
}

/** Whoever may publish on a job's subject writes into its stream: what is no event is passed over. */
function eventOf(data: Uint8Array): JobWireEvent | undefined {
  try {
    return decodeMessage(jobEventSchema, data);
  } catch {
    return undefined;
  }
}

/** Events asked for at once when those of the past are read. */
const eventsAtOnce = 500;

function readable(
  { key: id, value }: { readonly key: string; readonly value: Uint8Array },
  unreadable: (id: string, error: unknown) => void,
): JobRecord | undefined {
  try {
    return decodeMessage(jobRecordSchema, value);
  } catch (error) {
    unreadable(id, error);
    return undefined;
  }
}

/** Ids become keys as they are, because their alphabet is a subset of what keys allow. */
const key = (id: string): string => checkedToken(id, "job");
