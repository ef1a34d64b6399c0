/**
 * The values of any bucket of the cache, as bytes: to list, read, store and remove, for people and programs
 * that look after it. A value may have a lifetime of its own, which is a header, so that it ages out on
 * servers without lifetimes per key, too: whoever reads one that is void takes it for gone and removes it.
 */
import { type MsgHdrs, headers as makeHeaders } from "nats";
import type { Bus } from "../bus/bus.ts";
import { RtlError } from "../protocol/errors.ts";
import { clocks, limits } from "../protocol/limits.ts";
import { type BucketName, buckets, cancelStream, eventStream } from "./bounds.ts";
import { LazyBucket } from "./lazy-bucket.ts";
import { Store } from "./store.ts";
import { isNotFound } from "./store-errors.ts";

/** A value's own lifetime: servers before 2.11 know only that of a whole bucket. */
const EXPIRES_HEADER = "Rtl-Expires-At";

function expiryOf(headers: MsgHdrs | undefined): number | undefined {
  const at = Number(headers?.get(EXPIRES_HEADER) || Number.NaN);
  return Number.isFinite(at) ? at : undefined;
}

/** Whether it was taken out: a bucket marks that with a message of its own. */
const isRemoved = (headers: MsgHdrs | undefined): boolean => headers?.has("KV-Operation") === true;

export const bucketNames = Object.keys(buckets) as BucketName[];

export interface ValueInfo {
  readonly key: string;
  readonly bytes: number;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
}

export interface BucketStats {
  readonly name: string;
  readonly values: number;
  readonly bytes: number;
  /** Undefined: no bound. */
  readonly bytesMax: number | undefined;
  readonly ttlMs: number | undefined;
}

const KEY = /^[-/_=.a-zA-Z0-9]{1,200}$/;
const options = { timeout: clocks.storeAnswerMs };

export class Values {
  readonly #store: Store;
  readonly #name: BucketName;
  readonly #bucket: LazyBucket;

  constructor(bus: Bus, name: BucketName) {
    this.#store = new Store(bus);
    this.#name = name;
    this.#bucket = new LazyBucket(this.#store, name, undefined);
  }

  /** The value, or undefined where there is none, or where its time is over. */
  async get(key: string): Promise<Uint8Array | undefined> {
    const { name } = buckets[this.#name];
    const subject = `$KV.${name}.${checked(key)}`;
    const manager = await this.#manager();
    return this.#store.ask(async () => {
      try {
        const kept = await manager.streams.getMessage(`KV_${name}`, { last_by_subj: subject });
        if (isRemoved(kept.header)) return undefined;
        const expiresAt = expiryOf(kept.header);
        if (expiresAt === undefined || expiresAt > Date.now()) return kept.data;
        await this.#forget(key);
        return undefined;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  /** Who may read may not always write: what is void and stays is still void. */
  async #forget(key: string): Promise<void> {
    await this.#bucket.ask((bucket) => bucket.purge(key)).catch(() => undefined);
  }

  /** Stores a value; `ttlMs` is its lifetime. RTL_MESSAGE_TOO_LARGE above what one message holds. */
  async put(key: string, value: Uint8Array, ttlMs?: number): Promise<void> {
    const most = limits.payloadBytesMax - 1_024;
    if (value.length > most) {
      const text = `a value of ${value.length} bytes is above the limit of ${most}`;
      throw new RtlError("RTL_MESSAGE_TOO_LARGE", text, { fix: "put it into a file" });
    }
    const subject = `$KV.${buckets[this.#name].name}.${checked(key)}`;
    const headers = makeHeaders();
    if (ttlMs !== undefined) headers.set(EXPIRES_HEADER, String(Date.now() + ttlMs));
    // Opened first, so that a bucket that is missing is made.
    await this.#bucket.ask(async (bucket) => bucket);
    const stream = this.#store.bus.connection.jetstream(options);
    await this.#store.ask(() => stream.publish(subject, value, { headers }));
  }

  /** False where there was none. */
  async remove(key: string): Promise<boolean> {
    if ((await this.get(key)) === undefined) return false;
    await this.#bucket.ask((bucket) => bucket.purge(checked(key)));
    return true;
  }

  /** What is there under keys that begin so, by key; what is void is left out, and removed. */
  async list(prefix = ""): Promise<ValueInfo[]> {
    const stream = `KV_${buckets[this.#name].name}`;
    const root = `$KV.${buckets[this.#name].name}.`;
    const { connection } = this.#store.bus;
    const manager = await this.#manager();
    const found = new Map<string, ValueInfo>();
    const info = await this.#store.ask(() => infoOf(() => manager.streams.info(stream)));
    if (info === undefined || info.state.messages === 0) return [];
    const reader = await connection
      .jetstream(options)
      .consumers.get(stream, { headers_only: true });
    const last = info.state.last_seq;
    const messages = await reader.consume({ max_messages: 500 });
    const silence = setTimeout(() => messages.stop(), clocks.storeAnswerMs);
    for await (const message of messages) {
      silence.refresh();
      const key = message.subject.slice(root.length);
      if (isRemoved(message.headers)) found.delete(key);
      else if (key.startsWith(prefix)) {
        const bytes = Number(message.headers?.get("Nats-Msg-Size") || 0);
        const storedAt = message.info.timestampNanos / 1e6;
        found.set(key, { key, bytes, storedAt, expiresAt: expiryOf(message.headers) });
      }
      if (message.seq >= last || message.info.pending === 0) break;
    }
    clearTimeout(silence);
    const now = Date.now();
    const isVoid = ({ expiresAt = Number.POSITIVE_INFINITY }: ValueInfo) => expiresAt <= now;
    for (const one of found.values()) if (isVoid(one)) await this.#forget(one.key);
    return [...found.values()]
      .filter((one) => !isVoid(one))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #manager() {
    return this.#store.ask(() => this.#store.bus.connection.jetstreamManager(options));
  }
}

/** How full the parts of the store are; what was not needed yet is not there. */
export async function storeStats(bus: Bus): Promise<BucketStats[]> {
  const store = new Store(bus);
  const manager = await store.ask(() => bus.connection.jetstreamManager(options));
  const names = [
    ...Object.values(buckets).map(({ name }) => `KV_${name}`),
    eventStream.name,
    cancelStream.name,
  ];
  const stats: BucketStats[] = [];
  for (const name of names) {
    const info = await store.ask(() => infoOf(() => manager.streams.info(name)));
    if (info === undefined) continue;
    const { max_bytes: most, max_age: age } = info.config;
    stats.push({
      name: name.replace("KV_", ""),
      values: info.state.messages,
      bytes: info.state.bytes,
      bytesMax: most > 0 ? most : undefined,
      ttlMs: age > 0 ? age / 1e6 : undefined,
    });
  }
  return stats;
}

async function infoOf<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function checked(key: string): string {
  if (KEY.test(key) && !key.startsWith(".") && !key.endsWith(".") && !key.includes(".."))
    return key;
  throw new RtlError("RTL_USAGE_INVALID", `"${key}" is no key`, {
    fix: "use up to 200 letters, digits and - _ = / . inside",
  });
}
