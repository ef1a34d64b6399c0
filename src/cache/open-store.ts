/**
 * Makes the buckets and the stream that the cache consists of, where they are missing, and with less
 * room where the server has less. What is there already is taken as it is, but for its replicas,
 * which are raised to what is wanted and never lowered.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
  DiscardPolicy,
  type JetStreamManager,
  type KV,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "nats";
import { clocks, limits } from "../protocol/limits.ts";
import type { Store } from "./store.ts";
import { hasNoRoom, isCollision } from "./store-errors.ts";

/** A bucket as it is wanted; the server may have room for less. */
export interface BucketPlan {
  readonly name: string;
  readonly ttlMs: number;
  readonly bytesMax: number;
}

/** A stream whose oldest messages make room for new ones; in memory, unless it says otherwise. */
export interface StreamPlan {
  readonly name: string;
  readonly subject: string;
  readonly ageMs: number;
  readonly bytesMax: number;
  readonly onDisk?: boolean;
  /** Messages that are kept of each subject. */
  readonly perSubjectMax?: number;
}

export interface StoreWish {
  /** What all on disk wants together, that of others included. */
  readonly bytesOfAll: number;
  /** On how many servers of a cluster each is kept; undefined: one for a new one, else as it is. */
  readonly replicas: number | undefined;
}

/** Takes up room for a moment, to learn how much there is. */
const probeName = "RTL_ROOM";
const probeSubject = "rtl.v1.room.probe";
/** No bucket is made smaller: a message must fit into it. */
const bucketBytesMin = limits.payloadBytesMax + 64 * 1024;
const shareMin = 1 / 1024;
const notFound = 10059;

const api = { timeout: clocks.storeAnswerMs };

/** The buckets, opened, in the order given. */
export async function openBuckets(
  store: Store,
  buckets: readonly BucketPlan[],
  wish: StoreWish,
): Promise<readonly KV[]> {
  const manager = await store.ask(() => store.bus.connection.jetstreamManager(api));
  const there = await Promise.all(
    buckets.map((bucket) => existing(store, manager, `KV_${bucket.name}`, wish.replicas)),
  );
  const share = there.every(Boolean) ? 1 : await shareThatFits(manager, wish);
  return Promise.all(buckets.map((bucket) => openBucket(store, bucket, share, wish.replicas)));
}

/** The stream's configuration, with its replicas raised; undefined where there is no such stream. */
async function existing(
  store: Store,
  manager: JetStreamManager,
  name: string,
  replicas: number | undefined,
): Promise<StreamConfig | undefined> {
  const { config } = (await store.ask(() => infoOf(manager, name))) ?? {};
  if (config === undefined || replicas === undefined || config.num_replicas >= replicas) {
    return config;
  }
  const raised = { ...config, num_replicas: replicas };
  return (await store.ask(() => manager.streams.update(name, raised))).config;
}

async function infoOf(manager: JetStreamManager, name: string) {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === notFound) return undefined;
    throw error;
  }
}

/** The largest share of all that is wanted, halved time and again, for which the server has room. */
async function shareThatFits(
  manager: JetStreamManager,
  { bytesOfAll, replicas = 1 }: StoreWish,
): Promise<number> {
  const forget = () => manager.streams.delete(probeName).catch(() => false);
  // One that was left behind by a process that was killed here.
  await forget();
  for (let share = 1; share > shareMin; share /= 2) {
    const probe = {
      name: probeName,
      subjects: [probeSubject],
      storage: StorageType.File,
      max_bytes: Math.ceil(bytesOfAll * share),
      num_replicas: replicas,
    };
    const fits = await manager.streams.add(probe).then(
      () => true,
      // Any other fault is for those to tell who really want a bucket.
      (error) => !hasNoRoom(error),
    );
    await forget();
    if (fits) return share;
  }
  return shareMin;
}

async function openBucket(
  store: Store,
  { name, ttlMs, bytesMax }: BucketPlan,
  share: number,
  replicas = 1,
): Promise<KV> {
  const { views } = store.bus.connection.jetstream(api);
  return withRoom(shareOf(bytesMax, share), async (bytes) => {
    const options = { history: 1, ttl: ttlMs, max_bytes: bytes, replicas };
    // A replica that lags would say that a job is unknown which was just accepted.
    const direct = replicas === 1 ? {} : { allow_direct: false };
    return store.ask(() => views.kv(name, { ...options, ...direct }));
  });
}

/**
 * What `make` makes with so many bytes, or with the most that there is room for. Another process may take
 * all the room for a moment, to learn how much there is, or make the same at the same time, which a
 * server may fail at: that is tried again.
 */
async function withRoom<T>(wanted: number, make: (bytes: number) => Promise<T>): Promise<T> {
  let bytes = wanted;
  for (let left = triesAgain; ; ) {
    try {
      return await make(bytes);
    } catch (error) {
      const cause = causeOf(error);
      const isFull = hasNoRoom(cause);
      if (!isFull && !isCollision(cause)) throw error;
      if (isFull && bytes > bucketBytesMin) {
        bytes = shareOf(bytes, 1 / 2);
        continue;
      }
      if (left-- === 0) throw error;
      await pause(againMs);
    }
  }
}

const triesAgain = 5;
const againMs = 200;

const shareOf = (bytes: number, share: number): number =>
  Math.max(bucketBytesMin, Math.floor(bytes * share));

const causeOf = (error: unknown): unknown =>
  error instanceof Error ? (error.cause ?? error) : error;

/** Makes the stream where it is missing; in memory it is gone after each restart of its server. */
export async function openStream(
  store: Store,
  { name, subject, ageMs, bytesMax, onDisk = false, perSubjectMax }: StreamPlan,
  wish: StoreWish,
): Promise<void> {
  const { replicas } = wish;
  const manager = await store.ask(() => store.bus.connection.jetstreamManager(api));
  if ((await existing(store, manager, name, replicas)) !== undefined) return;
  // Memory is nobody's share but its own.
  const share = onDisk ? await shareThatFits(manager, wish) : 1;
  await withRoom(shareOf(bytesMax, share), async (bytes) => {
    const config = {
      name,
      subjects: [subject],
      storage: onDisk ? StorageType.File : StorageType.Memory,
      ...(perSubjectMax !== undefined && { max_msgs_per_subject: perSubjectMax }),
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(ageMs),
      max_bytes: bytes,
      max_msg_size: limits.payloadBytesMax,
      num_replicas: replicas ?? 1,
    };
    try {
      await store.ask(() => manager.streams.add(config));
    } catch (error) {
      // Another process made it first, perhaps with other bounds: what counts is that it is there.
      if ((await existing(store, manager, name, undefined)) === undefined) throw error;
    }
  });
}
