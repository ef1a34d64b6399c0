/**
 * The tables at rest of one process. It keeps what its own work produced until the job lets it go,
 * hands pieces of it to whoever asks on the bus, and fetches what others hold. It never looks inside
 * a block, and never pushes one: the reader asks for each piece, which is all the flow control that
 * is needed.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import { RtlError, toFailure } from "../protocol/errors.ts";
import { clocks, limits } from "../protocol/limits.ts";
import { routes } from "../protocol/routes.ts";

/** Where a block is: its key in its holder's store. */
export interface BlockRef {
  readonly block: string;
  readonly holder: string;
  readonly bytes: number;
}

interface Held {
  readonly bytes: Uint8Array;
  readonly job: string;
}

interface Fetched {
  readonly fetching: Promise<Uint8Array>;
  /** Zero until it has arrived. */
  bytes: number;
}

export interface BlockSettings {
  /** How long a job's blocks are kept when nobody lets them go, in milliseconds. */
  readonly keptMs: number;
  /** Bytes of fetched blocks that are kept for the next reader. */
  readonly fetchedBytesMax: number;
  /** Patience with one piece of a block, in milliseconds. */
  readonly frameTimeoutMs: number;
  /** Whether what is said of a job under this term still counts. */
  readonly heeds: (job: string, term: number) => boolean;
  /** Told of blocks that were let go: the keys given, or all of the job. */
  readonly released: (job: string, keys: readonly string[] | undefined) => void;
}

const blockDefaults: BlockSettings = {
  keptMs: 24 * 3_600_000,
  fetchedBytesMax: 256 * 1024 * 1024,
  frameTimeoutMs: 10_000,
  heeds: () => true,
  released: () => undefined,
};

interface FrameRequest {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
}

/** Pause before a piece is asked for again. */
const frameAgainMs = 100;

export class BlockStore {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #settings: BlockSettings;
  readonly #held = new Map<string, Held>();
  readonly #jobs = new Map<string, { readonly keys: Set<string>; readonly since: number }>();
  /** A holder that starts again under its old name must not be taken for what it was. */
  readonly #life = crypto.randomUUID().slice(0, 8);
  /** Insertion order is order of use, so the first is the one to forget. */
  readonly #fetched = new Map<string, Fetched>();
  #heldBytes = 0;
  #fetchedBytes = 0;
  #next = 0;
  readonly #subscriptions: Subscription[];

  constructor(bus: Bus, clock: Clock, settings: Partial<BlockSettings> = {}) {
    this.#bus = bus;
    this.#clock = clock;
    this.#settings = { ...blockDefaults, ...settings };
    const own = { holder: bus.id };
    this.#subscriptions = [
      bus.subscribe(routes.blockRead, own, (request, info) => {
        if (info.reply === undefined) return;
        const bytes = this.#held.get(request.key)?.bytes;
        if (bytes === undefined || request.offset >= bytes.length) {
          const failure = toFailure(lost({ ...own, block: request.key }), "RTL_BLOCK_LOST");
          return bus.fail(info.reply, failure, info.encoding);
        }
        const end = Math.min(bytes.length, request.offset + request.length);
        bus.respondBytes(info.reply, bytes.subarray(request.offset, end));
      }),
      bus.subscribe(routes.blockRelease, own, ({ job, term, keys }) => {
        if (!this.#settings.heeds(job, term)) return;
        this.release(job, keys);
        this.#settings.released(job, keys);
      }),
    ];
  }

  /** The name under which others ask for what is kept here. */
  get holder(): string {
    return this.#bus.id;
  }

  /** Keeps the bytes for the job. They must not change any more. */
  put(job: string, bytes: Uint8Array): BlockRef {
    const block = `${job}.${this.#life}.${(this.#next++).toString(36)}`;
    this.#held.set(block, { bytes, job });
    this.#heldBytes += bytes.length;
    const entry = this.#jobs.get(job) ?? { keys: new Set(), since: this.#clock.now() };
    entry.keys.add(block);
    this.#jobs.set(job, entry);
    return { block, holder: this.#bus.id, bytes: bytes.length };
  }

  /** The bytes of a block: our own as they lie, another's fetched once and kept while there is room. */
  async read(ref: BlockRef): Promise<Uint8Array> {
    if (ref.holder === this.#bus.id) {
      const held = this.#held.get(ref.block);
      if (held === undefined) throw lost(ref);
      return held.bytes;
    }
    // With its size: who names it with a wrong one must not spoil it for others.
    const name = `${ref.holder}/${ref.block}/${ref.bytes}`;
    const known = this.#fetched.get(name);
    if (known !== undefined) {
      this.#fetched.delete(name);
      this.#fetched.set(name, known);
      return known.fetching;
    }
    const entry: Fetched = { fetching: this.#fetch(ref), bytes: 0 };
    this.#fetched.set(name, entry);
    entry.fetching.then(
      ({ length }) => {
        entry.bytes = length;
        this.#fetchedBytes += length;
        this.#makeRoom();
      },
      () => this.#fetched.delete(name),
    );
    return entry.fetching;
  }

  /** Forgets what was used longest ago, but nothing that is still on its way. */
  #makeRoom(): void {
    for (const [name, { bytes }] of this.#fetched) {
      if (this.#fetchedBytes <= this.#settings.fetchedBytesMax) return;
      if (bytes === 0) continue;
      this.#fetched.delete(name);
      this.#fetchedBytes -= bytes;
    }
  }

  async #fetch(ref: BlockRef): Promise<Uint8Array> {
    let bytes: Uint8Array | undefined;
    const frame = limits.frameBytesMax;
    let next = 0;
    const pump = async (): Promise<void> => {
      while (next < ref.bytes) {
        const offset = next;
        const length = Math.min(frame, ref.bytes - offset);
        next += length;
        const piece = await this.#readFrame(ref, offset, length);
        // Memory is taken when something has come, not when somebody says that it will.
        bytes ??= sharedMemory(ref);
        bytes.set(piece, offset);
      }
    };
    await Promise.all(Array.from({ length: limits.framesInFlightMax }, pump));
    return bytes ?? sharedMemory(ref);
  }

  async #readFrame(ref: BlockRef, offset: number, length: number): Promise<Uint8Array> {
    const piece = await this.#askForFrame(ref, { key: ref.block, offset, length });
    if (piece.length !== length) throw lost(ref, new Error("a piece of the wrong size"));
    return piece;
  }

  /** A piece that was lost with the connection is asked for again, also while its holder comes back. */
  async #askForFrame(ref: BlockRef, frame: FrameRequest): Promise<Uint8Array> {
    const holder = { holder: ref.holder };
    const options = { timeoutMs: this.#settings.frameTimeoutMs };
    const { continuity } = this.#bus;
    for (;;) {
      try {
        return await continuity.unlessLost(
          this.#bus.requestBytes(routes.blockRead, holder, frame, options),
        );
      } catch (cause) {
        const code = cause instanceof RtlError ? cause.code : undefined;
        const unheard = code === "RTL_WAIT_TIMEOUT" || code === "RTL_NO_RELAY";
        if (!unheard || !continuity.brokenWithin(clocks.relayAwayMs)) throw lost(ref, cause);
      }
      await pause(frameAgainMs);
    }
  }

  /** Lets blocks of a job go: the keys given, or all. */
  release(job: string, keys?: readonly string[]): void {
    const entry = this.#jobs.get(job);
    if (entry === undefined) return;
    for (const key of keys ?? [...entry.keys]) {
      const held = this.#held.get(key);
      if (held?.job !== job) continue;
      this.#held.delete(key);
      this.#heldBytes -= held.bytes.length;
      entry.keys.delete(key);
    }
    if (entry.keys.size === 0) this.#jobs.delete(job);
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
    this.#held.clear();
    this.#jobs.clear();
    this.#fetched.clear();
  }
}

/** Shared, so that worker threads read the block where it lies. */
function sharedMemory(ref: BlockRef): Uint8Array {
  try {
    return new Uint8Array(new SharedArrayBuffer(ref.bytes));
  } catch (cause) {
    throw lost(ref, cause);
  }
}

function lost(ref: { readonly holder: string; readonly block: string }, cause?: unknown): RtlError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new RtlError("RTL_BLOCK_LOST", `block ${ref.block} is not held by ${ref.holder}${why}`, {
    cause,
    // The relay finds the block by its name and has it made again.
    problems: [{ path: "block", message: ref.block }],
    fix: "run the job again; blocks live as long as the process that holds them",
  });
}
