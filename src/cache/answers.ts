/**
 * Answers of other servers, kept for whoever asks the same within their lifetime. Losing one costs a
 * request and nothing else, so that every failure of the store is told to the log and taken for "not
 * kept". An answer that is larger than a message lies in parts.
 */
import type { KV } from "nats";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { decodeMessage, pack } from "../protocol/codec.ts";
import { keptAnswerSchema } from "../protocol/records.ts";
import { LazyBucket } from "./lazy-bucket.ts";
import { getParts, putParts, removeParts } from "./parts.ts";
import { Store } from "./store.ts";

/** What is kept of an answer. */
export interface KeptAnswer {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export class Answers {
  readonly #bucket: LazyBucket;
  readonly #clock: Clock;
  readonly #log: Log;

  /** `replicas`: on how many servers of a cluster answers are kept. */
  constructor(bus: Bus, clock: Clock, log: Log, replicas?: number) {
    // Asking the other server again costs less than patience with this one.
    this.#bucket = new LazyBucket(new Store(bus, 0), "answers", replicas);
    this.#clock = clock;
    this.#log = log;
  }

  /** The answer under this key, unless it is too old, damaged or gone. */
  async recall(key: string): Promise<KeptAnswer | undefined> {
    try {
      return await this.#bucket.ask((bucket) => this.#find(bucket, key));
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async #find(bucket: KV, key: string): Promise<KeptAnswer | undefined> {
    const entry = await bucket.get(key);
    if (entry?.operation !== "PUT") return undefined;
    const head = decodeMessage(keptAnswerSchema, entry.value);
    if (head.expiresAt <= this.#clock.now()) {
      await bucket.purge(key);
      await removeParts(bucket, key, head.parts);
      return undefined;
    }
    const bytes = await getParts(bucket, key, head);
    return bytes && { bytes, contentType: head.contentType };
  }

  /** Keeps an answer for a while; an older one under the same key is replaced. */
  async remember(key: string, answer: KeptAnswer, lifetimeMs: number): Promise<void> {
    const { bytes, contentType } = answer;
    try {
      await this.#bucket.ask(async (bucket) => {
        const head = await putParts(bucket, key, bytes);
        const expiresAt = this.#clock.now() + lifetimeMs;
        await bucket.put(key, pack({ expiresAt, contentType, ...head }));
      });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#log.warn({ error }, "the cache of fetched answers does not work");
  }
}
