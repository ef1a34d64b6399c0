/**
 * Inputs of durable jobs that are too large for their record, kept until the job settles, so that
 * another relay can give them out when the one that took the job in is gone. It keeps bytes and never
 * looks into them.
 */
import type { KV } from "nats";
import type { Bus } from "../bus/bus.ts";
import { checkedToken } from "../protocol/ids.ts";
import { digestOf, getParts, type PartsHead, putParts, removeParts } from "./parts.ts";
import { storeFailure } from "./store-failure.ts";

/** What a job leaves behind that ended while nobody could tell the store is gone after a week. */
export const inputBucket = {
  name: "RTL_INPUTS",
  ttlMs: 7 * 24 * 3_600_000,
  bytesMax: 512 * 1024 * 1024,
} as const;

export class Inputs {
  readonly #bus: Bus;
  #bucket: Promise<KV> | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Resolves when the server has the bytes. Throws RTL_LIMIT_EXCEEDED when it has no room. */
  async keep(job: string, bytes: Uint8Array): Promise<PartsHead> {
    return this.#guarded((bucket) => putParts(bucket, key(job, digestOf(bytes)), bytes));
  }

  /** The bytes, or undefined when they are gone or damaged. */
  async read(job: string, head: PartsHead): Promise<Uint8Array | undefined> {
    return this.#guarded((bucket) => getParts(bucket, key(job, head.digest), head));
  }

  async forget(job: string, { parts, digest }: PartsHead): Promise<void> {
    await this.#guarded((bucket) => removeParts(bucket, key(job, digest), parts));
  }

  async #guarded<T>(action: (bucket: KV) => Promise<T>): Promise<T> {
    try {
      return await action(await this.#open());
    } catch (cause) {
      // What could not be opened now may be there the next time.
      this.#bucket = undefined;
      throw storeFailure(cause);
    }
  }

  /** Opened when it is first needed: most jobs bring little or nothing. */
  #open(): Promise<KV> {
    const { name, ttlMs, bytesMax } = inputBucket;
    this.#bucket ??= Promise.resolve(
      this.#bus.connection
        .jetstream({ timeout: 5_000 })
        .views.kv(name, { history: 1, ttl: ttlMs, max_bytes: bytesMax }),
    );
    return this.#bucket;
  }
}

/** A second submit under the id of a job must not replace what the job lives on. */
const key = (job: string, digest: string): string =>
  `${checkedToken(job, "job")}.${digest.slice(0, 16)}`;
