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
import { getParts, putParts, removeParts } from "./parts.ts";

/** Bounded like every bucket; what is older than this is gone whatever its lifetime. */
export const answerBucket = {
  name: "RTL_ANSWERS",
  ttlMs: 7 * 24 * 3_600_000,
  bytesMax: 128 * 1024 * 1024,
} as const;

/** What is kept of an answer. */
export interface KeptAnswer {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export class Answers {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #log: Log;
  #bucket: Promise<KV> | undefined;

  constructor(bus: Bus, clock: Clock, log: Log) {
    this.#bus = bus;
    this.#clock = clock;
    this.#log = log;
  }

  /** The answer under this key, unless it is too old, damaged or gone. */
  async recall(key: string): Promise<KeptAnswer | undefined> {
    try {
      const bucket = await this.#open();
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
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Keeps an answer for a while; an older one under the same key is replaced. */
  async remember(key: string, answer: KeptAnswer, lifetimeMs: number): Promise<void> {
    const { bytes, contentType } = answer;
    try {
      const bucket = await this.#open();
      const head = await putParts(bucket, key, bytes);
      const expiresAt = this.#clock.now() + lifetimeMs;
      await bucket.put(key, pack({ expiresAt, contentType, ...head }));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Opened when it is first needed: most nodes never fetch anything. */
  #open(): Promise<KV> {
    const { name, ttlMs, bytesMax } = answerBucket;
    this.#bucket ??= Promise.resolve(
      this.#bus.connection
        .jetstream({ timeout: 5_000 })
        .views.kv(name, { history: 1, ttl: ttlMs, max_bytes: bytesMax }),
    );
    return this.#bucket;
  }

  #failed(error: unknown): void {
    // What could not be opened now may be there the next time.
    this.#bucket = undefined;
    this.#log.warn({ error }, "the cache of fetched answers does not work");
  }
}
