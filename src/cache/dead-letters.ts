/**
 * Work that nobody could do, with all that is known of why: one record for each job that failed for
 * it. It outlives the job, so that people can look at it, try it again, or throw it away.
 */
import type { Bus } from "../bus/bus.ts";
import { decodeMessage, pack } from "../protocol/codec.ts";
import { checkedToken } from "../protocol/ids.ts";
import { type DeadLetter, deadLetterSchema } from "../protocol/records.ts";
import { LazyBucket } from "./lazy-bucket.ts";
import { Store } from "./store.ts";

export class DeadLetters {
  readonly #bucket: LazyBucket;

  constructor(bus: Bus, replicas?: number) {
    this.#bucket = new LazyBucket(new Store(bus), "dead", replicas);
  }

  /** Keeps a letter; an older one of the same job is replaced. */
  async put(letter: DeadLetter): Promise<void> {
    await this.#bucket.ask((bucket) => bucket.put(key(letter.job), pack(letter)));
  }

  async get(job: string): Promise<DeadLetter | undefined> {
    const entry = await this.#bucket.ask((bucket) => bucket.get(key(job)));
    if (entry?.operation !== "PUT") return undefined;
    return decodeMessage(deadLetterSchema, entry.value);
  }

  /** False when there is none. */
  async drop(job: string): Promise<boolean> {
    if ((await this.get(job)) === undefined) return false;
    await this.#bucket.ask((bucket) => bucket.purge(key(job)));
    return true;
  }

  /** All letters, in no order. Of one that cannot be read `unreadable` is told, and the rest come. */
  async *all(unreadable: (job: string, error: unknown) => void): AsyncGenerator<DeadLetter> {
    const entries = await this.#bucket.ask((bucket) => bucket.history({ key: ">" }));
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
}

const key = (job: string): string => checkedToken(job, "job");
