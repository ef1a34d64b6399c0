/**
 * Inputs of durable jobs that are too large for their record, kept until the job settles, so that
 * another relay can give them out when the one that took the job in is gone. It keeps bytes and never
 * looks into them.
 */
import type { Bus } from "../bus/bus.ts";
import { checkedToken } from "../protocol/ids.ts";
import { LazyBucket } from "./lazy-bucket.ts";
import { digestOf, getParts, type PartsHead, putParts, removeParts } from "./parts.ts";
import { Store } from "./store.ts";

export class Inputs {
  readonly #bucket: LazyBucket;

  constructor(bus: Bus, replicas?: number) {
    this.#bucket = new LazyBucket(new Store(bus), "inputs", replicas);
  }

  /** Resolves when the server has the bytes. Throws RTL_LIMIT_EXCEEDED when it has no room. */
  keep(job: string, bytes: Uint8Array): Promise<PartsHead> {
    return this.#bucket.ask((bucket) => putParts(bucket, key(job, digestOf(bytes)), bytes));
  }

  /** The bytes, or undefined when they are gone or damaged. */
  read(job: string, head: PartsHead): Promise<Uint8Array | undefined> {
    return this.#bucket.ask((bucket) => getParts(bucket, key(job, head.digest), head));
  }

  forget(job: string, { parts, digest }: PartsHead): Promise<void> {
    return this.#bucket.ask((bucket) => removeParts(bucket, key(job, digest), parts));
  }
}

/** A second submit under the id of a job must not replace what the job lives on. */
const key = (job: string, digest: string): string =>
  `${checkedToken(job, "job")}.${digest.slice(0, 16)}`;
