/**
 * Answers of other servers, kept for whoever asks the same within their lifetime. Losing one costs a
 * request and nothing else, so that every failure of the store is told to the log and taken for "not
 * kept". An answer that is larger than a message lies in parts.
 */
import { createHash } from "node:crypto";
import type { KV } from "nats";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { decodeMessage, pack } from "../protocol/codec.ts";
import { limits } from "../protocol/limits.ts";
import { keptAnswerSchema } from "../protocol/messages.ts";
import { bucketBytesOfAll, buckets } from "./bounds.ts";
import { openBuckets } from "./open-store.ts";
import { Store } from "./store.ts";

/** What is kept of an answer. */
export interface KeptAnswer {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export class Answers {
  readonly #store: Store;
  readonly #replicas: number | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  #bucket: Promise<KV> | undefined;

  /** `replicas`: on how many servers of a cluster answers are kept. */
  constructor(bus: Bus, clock: Clock, log: Log, replicas?: number) {
    // Asking the other server again costs less than patience with this one.
    this.#store = new Store(bus, 0);
    this.#replicas = replicas;
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
        await this.#forget(bucket, key, head.parts);
        return undefined;
      }
      const parts = await Promise.all(
        Array.from({ length: head.parts }, (_, part) => bucket.get(partKey(key, part))),
      );
      const bytes = Buffer.concat(parts.map((part) => part?.value ?? new Uint8Array()));
      // Two who kept the same answer at once may have mixed their parts.
      if (digestOf(bytes) !== head.digest) return undefined;
      return { bytes: new Uint8Array(bytes), contentType: head.contentType };
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Keeps an answer for a while; an older one under the same key is replaced. */
  async remember(key: string, answer: KeptAnswer, lifetimeMs: number): Promise<void> {
    const { bytes, contentType } = answer;
    const size = limits.frameBytesMax;
    const parts = Math.ceil(bytes.length / size);
    try {
      const bucket = await this.#open();
      for (let part = 0; part < parts; part++) {
        const piece = bytes.subarray(part * size, Math.min(bytes.length, (part + 1) * size));
        await bucket.put(partKey(key, part), piece);
      }
      const expiresAt = this.#clock.now() + lifetimeMs;
      const digest = digestOf(bytes);
      await bucket.put(key, pack({ expiresAt, contentType, parts, digest }));
    } catch (error) {
      this.#failed(error);
    }
  }

  async #forget(bucket: KV, key: string, parts: number): Promise<void> {
    await bucket.purge(key);
    for (let part = 0; part < parts; part++) await bucket.purge(partKey(key, part));
  }

  /** Opened when it is first needed: most nodes never fetch anything. */
  #open(): Promise<KV> {
    const wish = { bytesOfAll: bucketBytesOfAll, replicas: this.#replicas };
    this.#bucket ??= openBuckets(this.#store, [buckets.answers], wish).then(([bucket]) => {
      if (bucket === undefined) throw new Error("the bucket was not opened");
      return bucket;
    });
    return this.#bucket;
  }

  #failed(error: unknown): void {
    // What could not be opened now may be there the next time.
    this.#bucket = undefined;
    this.#log.warn({ error }, "the cache of fetched answers does not work");
  }
}

const partKey = (key: string, part: number): string => `${key}.${part}`;
const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
