/**
 * The tables at rest of one process. It keeps what its own work produced until the job lets it go, hands
 * it to whoever asks, and fetches what others hold. It never looks inside a block, and never pushes one.
 */
import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import type { Encoding } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { routes } from "../protocol/routes.ts";
import { Door, type DoorSettings } from "./door.ts";
import { type BlockRef, digestOf, type FrameRequest, fetchBlock, lost } from "./fetch.ts";
import { type Held, HeldBlocks } from "./held-blocks.ts";
import { SharedMemory } from "./shared-memory.ts";
import { Spill, type SpillSettings } from "./spill.ts";

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
  /** Bytes of blocks that are held in memory; those used longest ago go to disk beyond it. */
  readonly heldBytesMax: number;
  /** Bytes of fetched blocks, and of those read from disk, that are kept for the next reader. */
  readonly fetchedBytesMax: number;
  /** Patience with one piece of a block, in milliseconds. */
  readonly frameTimeoutMs: number;
  /** Memory that lies ready to be used again. Only where readers say when they are through with it. */
  readonly reusedBytesMax: number;
  /** The same and all that is in use together: where that is more, nothing lies ready. */
  readonly memoryBytesMax: number;
  /** So many bytes are nobody's any more, and garbage. */
  readonly dropped: (bytes: number) => void;
  /** Absent: blocks go over the bus only. */
  readonly door: DoorSettings | undefined;
  /** Absent: nothing goes to disk, and what memory has no room for is refused. */
  readonly spill: SpillSettings | undefined;
  /** Memory was crowded, and is no longer. */
  readonly hasRoom: () => void;
  /** Whether what is said of a job under this term still counts. */
  readonly heeds: (job: string, term: number) => boolean;
  /** Told of blocks that were let go: the keys given, or all of the job. */
  readonly released: (job: string, keys: readonly string[] | undefined) => void;
  /** Whether it listens from the start, or only once it holds something: a reader need not be asked. */
  readonly listens: "always" | "when it holds";
}

const blockDefaults: BlockSettings = {
  keptMs: 24 * 3_600_000,
  heldBytesMax: Number.POSITIVE_INFINITY,
  fetchedBytesMax: limits.fetchedBytesMax,
  frameTimeoutMs: 10_000,
  reusedBytesMax: 0,
  memoryBytesMax: Number.POSITIVE_INFINITY,
  dropped: () => undefined,
  door: undefined,
  spill: undefined,
  hasRoom: () => undefined,
  heeds: () => true,
  released: () => undefined,
  listens: "always",
};

export class BlockStore {
  readonly memory: SharedMemory;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #settings: BlockSettings;
  readonly #door: Door | undefined;
  readonly #held: HeldBlocks;
  readonly #jobs = new Map<string, { readonly keys: Set<string>; readonly since: number }>();
  /** A holder that starts again under its old name must not be taken for what it was. */
  readonly #life = crypto.randomUUID().slice(0, 8);
  /** Insertion order is order of use, so that the first is the one to forget. */
  readonly #fetched = new Map<string, Fetched>();
  #fetchedBytes = 0;
  #next = 0;
  #subscriptions: readonly Subscription[] = [];
  readonly #spill: Spill | undefined;

  constructor(bus: Bus, clock: Clock, settings: Partial<BlockSettings> = {}) {
    this.#bus = bus;
    this.#clock = clock;
    this.#settings = { ...blockDefaults, ...settings };
    const { door, heldBytesMax, spill, dropped, listens } = this.#settings;
    const { reusedBytesMax: keptBytesMax, memoryBytesMax: bytesMax } = this.#settings;
    this.memory = new SharedMemory({ keptBytesMax, bytesMax, dropped });
    this.#spill = spill && new Spill(spill);
    this.#held = new HeldBlocks({
      memory: this.memory,
      bytesMax: heldBytesMax,
      spill: this.#spill,
      hasRoom: () => this.#settings.hasRoom(),
    });
    this.#door = door && new Door(door);
    if (listens === "always") this.#listen();
  }

  /** Of blocks that were written to disk. */
  get spilledBytes(): number {
    return this.#spill?.bytes ?? 0;
  }

  #listen(): void {
    const { heeds, released } = this.#settings;
    const bus = this.#bus;
    const own = { holder: bus.id };
    this.#subscriptions = [
      bus.subscribe(routes.blockRead, own, ({ key, offset, length }, { reply, encoding }) => {
        if (reply !== undefined) void this.#hand(reply, encoding, { key, offset, length });
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

  /**
   * Keeps bytes for the job, in one piece or several. They must not change any more. Throws
   * RTL_LIMIT_EXCEEDED when there is no room for them.
   */
  put(job: string, given: Uint8Array | readonly Uint8Array[]): BlockRef {
    if (this.#subscriptions.length === 0) this.#listen();
    const parts = given instanceof Uint8Array ? [given] : given;
    const block = `${job}.${this.#life}.${(this.#next++).toString(36)}`;
    const bytes = this.#held.put(block, job, parts);
    const entry = this.#jobs.get(job) ?? { keys: new Set(), since: this.#clock.now() };
    entry.keys.add(block);
    this.#jobs.set(job, entry);
    return { block, holder: this.#bus.id, bytes };
  }

  /** Work that would make more blocks should wait: memory is full, and the disk behind it busy. */
  get isCrowded(): boolean {
    return this.#held.isCrowded;
  }

  #find(block: string): Held {
    const held = this.#held.find(block);
    if (held === undefined) throw lost({ holder: this.#bus.id, block });
    return held;
  }

  /** Answers with a piece of a block: a copy, where the memory may soon be another block's. */
  async #hand(
    reply: string,
    encoding: Encoding,
    { key, offset, length }: FrameRequest,
  ): Promise<void> {
    try {
      const held = this.#find(key);
      if (offset >= held.bytes) throw lost({ holder: this.#bus.id, block: key });
      const bytes = Math.min(length, held.bytes - offset);
      const piece = this.#held.piece(held, offset, bytes, this.#settings.reusedBytesMax > 0);
      // At once if it can be: what a turn of the event loop says is one write.
      this.#bus.respondBytes(reply, piece instanceof Promise ? await piece : piece);
    } catch (error) {
      const own = { holder: this.#bus.id, block: key };
      const fault = error instanceof RtlError ? error : lost(own, error);
      this.#bus.fail(reply, fault.toFailure(), encoding);
    }
  }

  async #open(key: string, host: string) {
    const held = this.#find(key);
    const { bytes } = held;
    // What lies on disk is read first, and is in use here until somebody else uses it, or nobody will.
    const fromDisk =
      held.parts === undefined
        ? await this.read({ block: key, holder: this.#bus.id, bytes })
        : undefined;
    try {
      return await this.#openParts(held, fromDisk ? [fromDisk] : (held.parts ?? []), host);
    } finally {
      if (fromDisk !== undefined) this.memory.leave(fromDisk);
    }
  }

  async #openParts(held: Held, parts: readonly Uint8Array[], host: string) {
    const { bytes } = held;
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
    const own = ref.holder === this.#bus.id ? this.#find(ref.block) : undefined;
    if (own?.parts !== undefined) return this.#readOwn(own, own.parts);
    // With its size: who names it with a wrong one must not spoil it for others.
    const name = `${ref.holder}/${ref.block}/${ref.bytes}`;
    const entry = this.#fetched.get(name) ?? this.#fetch(ref, name, own);
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

  #readOwn(held: Held, parts: readonly Uint8Array[]): Uint8Array {
    const [first, another] = parts;
    const bytes = another === undefined && first ? first : joined(parts, held.bytes);
    held.parts = [bytes];
    this.memory.use(bytes);
    return bytes;
  }

  #fetch(ref: BlockRef, name: string, own: Held | undefined): Fetched {
    const { frameTimeoutMs, door } = this.#settings;
    let taken: Uint8Array | undefined;
    // Shared, so that worker threads read the block where it lies.
    const allocate = (bytes: number) => {
      taken = this.memory.take(bytes);
      return taken;
    };
    const ports = { bus: this.#bus, timeoutMs: frameTimeoutMs, host: door?.host, allocate };
    const fetching =
      own === undefined
        ? fetchBlock(ref, ports)
        : this.#held.load(own, allocate(own.bytes)).catch((error) => {
            throw lost(ref, error);
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
      if (!entry.keys.delete(key)) continue;
      const bytes = this.#held.remove(key);
      this.#forget(`${this.#bus.id}/${key}/${bytes}`);
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

  stats() {
    return { ...this.#held.stats(), fetchedBytes: this.#fetchedBytes };
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#door?.close();
    this.#held.close();
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
