/**
 * The tables at rest of one process. It keeps what its own work produced until the job lets it go, hands
 * it to whoever asks, and fetches what others hold. It never looks inside a block, and never pushes one.
 */
import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import { toFailure } from "../protocol/errors.ts";
import { routes } from "../protocol/routes.ts";
import { Door, type DoorSettings, from } from "./door.ts";
import { type BlockRef, digestOf, fetchBlock, lost } from "./fetch.ts";
import { SharedMemory } from "./shared-memory.ts";

interface Held {
  /** One behind the other they are the block. */
  parts: readonly Uint8Array[];
  readonly bytes: number;
  readonly job: string;
  digest?: Promise<string>;
}

interface Fetched {
  readonly fetching: Promise<Uint8Array>;
  /** Absent until they have arrived. */
  bytes?: Uint8Array;
  /** Readers that are about to get it. */
  readers: number;
}

export interface BlockSettings {
  /** How long a job's blocks are kept when nobody lets them go, in milliseconds. */
  readonly keptMs: number;
  /** Bytes of fetched blocks that are kept for the next reader. */
  readonly fetchedBytesMax: number;
  /** Patience with one piece of a block, in milliseconds. */
  readonly frameTimeoutMs: number;
  /** Memory that lies ready to be used again. Only where readers say when they are through with it. */
  readonly reusedBytesMax: number;
  /** Absent: blocks go over the bus only. */
  readonly door: DoorSettings | undefined;
  /** Whether what is said of a job under this term still counts. */
  readonly heeds: (job: string, term: number) => boolean;
  /** Told of blocks that were let go: the keys given, or all of the job. */
  readonly released: (job: string, keys: readonly string[] | undefined) => void;
}

const blockDefaults: BlockSettings = {
  keptMs: 24 * 3_600_000,
  fetchedBytesMax: 256 * 1024 * 1024,
  frameTimeoutMs: 10_000,
  reusedBytesMax: 0,
  door: undefined,
  heeds: () => true,
  released: () => undefined,
};

export class BlockStore {
  readonly memory: SharedMemory;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #settings: BlockSettings;
  readonly #door: Door | undefined;
  readonly #held = new Map<string, Held>();
  readonly #jobs = new Map<string, { readonly keys: Set<string>; readonly since: number }>();
  /** A holder that starts again under its old name must not be taken for what it was. */
  readonly #life = crypto.randomUUID().slice(0, 8);
  /** Insertion order is order of use, so that the first is the one to forget. */
  readonly #fetched = new Map<string, Fetched>();
  #heldBytes = 0;
  #fetchedBytes = 0;
  #next = 0;
  readonly #subscriptions: Subscription[];

  constructor(bus: Bus, clock: Clock, settings: Partial<BlockSettings> = {}) {
    this.#bus = bus;
    this.#clock = clock;
    this.#settings = { ...blockDefaults, ...settings };
    const { door, reusedBytesMax, heeds, released } = this.#settings;
    this.memory = new SharedMemory(reusedBytesMax);
    this.#door = door && new Door(door);
    const own = { holder: bus.id };
    this.#subscriptions = [
      bus.subscribe(routes.blockRead, own, (request, info) => {
        if (info.reply === undefined) return;
        const piece = this.#pieceOf(request.key, request.offset, request.length);
        if (piece !== undefined) return bus.respondBytes(info.reply, piece);
        const failure = toFailure(lost({ ...own, block: request.key }), "RTL_BLOCK_LOST");
        bus.fail(info.reply, failure, info.encoding);
      }),
      bus.subscribe(routes.blockOpen, own, async ({ key, host }, { reply, encoding }) => {
        if (reply !== undefined) bus.respond(reply, await this.#open(key, host), encoding);
      }),
      bus.subscribe(routes.blockRelease, own, ({ job, term, keys }) => {
        if (!heeds(job, term)) return;
        this.release(job, keys);
        released(job, keys);
      }),
    ];
  }

  /** The name under which others ask for what is kept here. */
  get holder(): string {
    return this.#bus.id;
  }

  /** Keeps bytes for the job, in one piece or several. They must not change any more. */
  put(job: string, given: Uint8Array | readonly Uint8Array[]): BlockRef {
    const parts = given instanceof Uint8Array ? [given] : given;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const block = `${job}.${this.#life}.${(this.#next++).toString(36)}`;
    for (const part of parts) this.memory.use(part);
    this.#held.set(block, { parts, bytes, job });
    this.#heldBytes += bytes;
    const entry = this.#jobs.get(job) ?? { keys: new Set(), since: this.#clock.now() };
    entry.keys.add(block);
    this.#jobs.set(job, entry);
    return { block, holder: this.#bus.id, bytes };
  }

  /** What of a block goes into one message: a copy, where the memory may soon be another block's. */
  #pieceOf(key: string, offset: number, length: number): Uint8Array | undefined {
    const held = this.#held.get(key);
    if (held === undefined || offset >= held.bytes) return undefined;
    const [only, another] = held.parts;
    const end = Math.min(held.bytes, offset + length);
    const mayStay = this.#settings.reusedBytesMax === 0;
    if (mayStay && only !== undefined && another === undefined) return only.subarray(offset, end);
    const piece = new Uint8Array(end - offset);
    let filled = 0;
    for (const part of from(held.parts, offset)) {
      const more = part.subarray(0, piece.length - filled);
      piece.set(more, filled);
      filled += more.length;
      if (filled === piece.length) break;
    }
    return piece;
  }

  async #open(key: string, host: string) {
    const held = this.#held.get(key);
    if (held === undefined) throw lost({ holder: this.#bus.id, block: key });
    const { parts, bytes } = held;
    const open = await this.#door?.grant(host, { bytes, parts, done: this.#using(parts) });
    if (open !== undefined || host === this.#settings.door?.host) return open ?? {};
    if (held.digest === undefined) {
      held.digest = digestOf(parts);
      held.digest.finally(this.#using(parts)).catch(() => undefined);
    }
    return { digest: await held.digest };
  }

  /** Somebody reads these parts until the function is called that this returns. */
  #using(parts: readonly Uint8Array[]): () => void {
    for (const part of parts) this.memory.use(part);
    return () => {
      for (const part of parts) this.memory.leave(part);
    };
  }

  /**
   * The bytes of a block: our own as they lie, another's fetched once and kept while there is room. Where
   * memory is used again they are the reader's until it says `memory.leave`.
   */
  async read(ref: BlockRef): Promise<Uint8Array> {
    if (ref.holder === this.#bus.id) return this.#readOwn(ref);
    // With its size: who names it with a wrong one must not spoil it for others.
    const name = `${ref.holder}/${ref.block}/${ref.bytes}`;
    const entry = this.#fetched.get(name) ?? this.#fetch(ref, name);
    this.#fetched.delete(name);
    this.#fetched.set(name, entry);
    entry.readers++;
    try {
      const bytes = await entry.fetching;
      this.memory.use(bytes);
      return bytes;
    } finally {
      entry.readers--;
      this.#makeRoom();
    }
  }

  #readOwn(ref: BlockRef): Uint8Array {
    const held = this.#held.get(ref.block);
    if (held === undefined) throw lost(ref);
    if (held.parts.length !== 1) held.parts = [joined(held.parts, held.bytes)];
    const [bytes] = held.parts as readonly [Uint8Array];
    this.memory.use(bytes);
    return bytes;
  }

  #fetch(ref: BlockRef, name: string): Fetched {
    const { frameTimeoutMs, door } = this.#settings;
    let taken: Uint8Array | undefined;
    const fetching = fetchBlock(ref, {
      bus: this.#bus,
      timeoutMs: frameTimeoutMs,
      host: door?.host,
      // Shared, so that worker threads read the block where it lies.
      allocate: (bytes) => {
        taken = this.memory.take(bytes);
        return taken;
      },
    });
    const entry: Fetched = { fetching, readers: 0 };
    fetching.then(
      (bytes) => {
        entry.bytes = bytes;
        this.#fetchedBytes += bytes.length;
      },
      () => {
        this.#fetched.delete(name);
        if (taken !== undefined) this.memory.leave(taken);
      },
    );
    return entry;
  }

  /** Forgets what was used longest ago. */
  #makeRoom(): void {
    for (const name of this.#fetched.keys()) {
      if (this.#fetchedBytes <= this.#settings.fetchedBytesMax) return;
      this.#forget(name);
    }
  }

  /** Nothing that is still on its way. */
  #forget(name: string): void {
    const { bytes, readers = 0 } = this.#fetched.get(name) ?? {};
    if (bytes === undefined || readers > 0) return;
    this.#fetched.delete(name);
    this.#fetchedBytes -= bytes.length;
    this.memory.leave(bytes);
  }

  /** Lets blocks of a job go: the keys given, or all. */
  release(job: string, keys?: readonly string[]): void {
    const entry = this.#jobs.get(job);
    if (entry === undefined) return;
    for (const key of keys ?? [...entry.keys]) {
      const held = this.#held.get(key);
      if (held?.job !== job) continue;
      this.#held.delete(key);
      this.#heldBytes -= held.bytes;
      for (const part of held.parts) this.memory.leave(part);
      entry.keys.delete(key);
    }
    if (entry.keys.size === 0) this.#jobs.delete(job);
  }

  /** The job is over: nobody will read again what was fetched for it. */
  forgetFetched(job: string): void {
    for (const name of this.#fetched.keys()) if (name.includes(`/${job}.`)) this.#forget(name);
  }

  /** Lets all blocks of a job go but these. */
  releaseExcept(job: string, kept: ReadonlySet<string>): void {
    const keys = [...(this.#jobs.get(job)?.keys ?? [])];
    this.release(
      job,
      keys.filter((key) => !kept.has(key)),
    );
  }

  /** Lets go what nobody asked to release for too long. */
  sweep(): void {
    const before = this.#clock.now() - this.#settings.keptMs;
    for (const [job, { since }] of this.#jobs) if (since < before) this.release(job);
  }

  stats(): { readonly blocks: number; readonly bytes: number; readonly fetchedBytes: number } {
    return { blocks: this.#held.size, bytes: this.#heldBytes, fetchedBytes: this.#fetchedBytes };
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#door?.close();
    this.#held.clear();
    this.#jobs.clear();
    this.#fetched.clear();
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
