/**
 * Work that nobody could do, with all that is known of why: one record for each job that failed for
 * it. It outlives the job, so that people can look at it, try it again, or throw it away.
 */
import type { KV } from "nats";
import type { Bus } from "../bus/bus.ts";
import { decodeMessage, pack } from "../protocol/codec.ts";
import { checkedToken } from "../protocol/ids.ts";
import { type DeadLetter, deadLetterSchema } from "../protocol/records.ts";
import { storeFailure } from "./store-failure.ts";

export const deadBucket = {
  name: "RTL_DEAD",
  ttlMs: 30 * 24 * 3_600_000,
  bytesMax: 64 * 1024 * 1024,
} as const;

export class DeadLetters {
  readonly #bus: Bus;
  #bucket: Promise<KV> | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Keeps a letter; an older one of the same job is replaced. */
  async put(letter: DeadLetter): Promise<void> {
    await this.#guarded((bucket) => bucket.put(key(letter.job), pack(letter)));
  }

  async get(job: string): Promise<DeadLetter | undefined> {
    const entry = await this.#guarded((bucket) => bucket.get(key(job)));
    if (entry?.operation !== "PUT") return undefined;
    return decodeMessage(deadLetterSchema, entry.value);
  }

  /** False when there is none. */
  async drop(job: string): Promise<boolean> {
    if ((await this.get(job)) === undefined) return false;
    await this.#guarded((bucket) => bucket.purge(key(job)));
    return true;
  }

  /** All letters, in no order. Of one that cannot be read `unreadable` is told, and the rest come. */
  async *all(unreadable: (job: string, error: unknown) => void): AsyncGenerator<DeadLetter> {
    const entries = await this.#guarded((bucket) => bucket.history({ key: ">" }));
    for await (const entry of entries) {
      if (entry.operation !== "PUT") continue;
      let letter: DeadLetter;
      try {
        letter = decodeMessage(deadLetterSchema, entry.value);
      } catch (error) {
        unreadable(entry.key, error);
        continue;
      }
      yield letter;
    }
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

  /** Opened when it is first needed: in a good life it never is. */
  #open(): Promise<KV> {
    const { name, ttlMs, bytesMax } = deadBucket;
    this.#bucket ??= Promise.resolve(
      this.#bus.connection
        .jetstream({ timeout: 5_000 })
        .views.kv(name, { history: 1, ttl: ttlMs, max_bytes: bytesMax }),
    );
    return this.#bucket;
  }
}

const key = (job: string): string => checkedToken(job, "job");
