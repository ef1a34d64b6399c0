/** A bucket that is opened when it is first needed, because most processes never need it. */
import type { KV } from "nats";
import { type BucketName, buckets, diskBytesOfAll } from "./bounds.ts";
import { openBuckets } from "./open-store.ts";
import type { Store } from "./store.ts";

export class LazyBucket {
  readonly #store: Store;
  readonly #name: BucketName;
  readonly #replicas: number | undefined;
  #opened: Promise<KV> | undefined;

  /** `replicas`: on how many servers of a cluster the bucket is kept. */
  constructor(store: Store, name: BucketName, replicas: number | undefined) {
    this.#store = store;
    this.#name = name;
    this.#replicas = replicas;
    // A server may come back with another disk, on which the bucket is to be made anew.
    store.bus.continuity.onBack(() => {
      this.#opened = undefined;
    });
  }

  /** The answer to a question; what the store says is wrong is thrown in our own words. */
  async ask<T>(question: (bucket: KV) => Promise<T>): Promise<T> {
    const bucket = await this.#open();
    return this.#store.ask(() => question(bucket));
  }

  #open(): Promise<KV> {
    const wish = { bytesOfAll: diskBytesOfAll, replicas: this.#replicas };
    this.#opened ??= openBuckets(this.#store, [buckets[this.#name]], wish)
      .then(([bucket]) => {
        if (bucket === undefined) throw new Error("the bucket was not opened");
        return bucket;
      })
      .catch((error: unknown) => {
        // What could not be opened now may be there the next time.
        this.#opened = undefined;
        throw error;
      });
    return this.#opened;
  }
}
