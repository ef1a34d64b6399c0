/**
 * Inputs of durable jobs that are too large for their record, kept until the job settles, so that
 * another relay can give them out when the one that took the job in is gone. It keeps bytes and never
 * looks into them.
 */
import type { Bus } from "../bus/bus.ts";
import { checkedToken } from "../protocol/ids.ts";
import { LazyBucket } from "./lazy-bucket.ts";
import { getParts, type PartsHead, putParts, removeParts } from "./parts.ts";
import { Store } from "./store.ts";

export class Inputs {
  readonly #bucket: LazyBucket;

  constructor(bus: Bus, replicas?: number) {
    this.#bucket = new LazyBucket(new Store(bus), "inputs", replicas);
  }

  /** Resolves when the server has the bytes. Throws RTL_LIMIT_EXCEEDED when it has no room. */
  keep(job: string, bytes: Uint8Array): Promise<PartsHead> {
    return this.#bucket.ask((bucket) => putParts(bucket, checkedToken(job, "job"), bytes));
  }

  /** The bytes, or undefined when they are gone or damaged. */
  read(job: string, head: PartsHead): Promise<Uint8Array | undefined> {
    return this.#bucket.ask((bucket) => getParts(bucket, checkedToken(job, "job"), head));
  }

  forget(job: string, { parts }: PartsHead): Promise<void> {
    return this.#bucket.ask((bucket) => removeParts(bucket, checkedToken(job, "job"), parts));
  }
}
