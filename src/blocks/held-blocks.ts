/**
 * The blocks that a process holds for its jobs: in memory while there is room, else on disk, those first
 * that were used longest ago. Writing goes on beside everything else, one block at a time; whoever would
 * make more of them should wait while memory is crowded. Nothing here knows the bus.
 */
import { RtlError } from "../protocol/errors.ts";
import type { SharedMemory } from "./shared-memory.ts";
import type { Spill, SpilledBlock } from "./spill.ts";

export interface Held {
  readonly block: string;
  readonly job: string;
  readonly bytes: number;
  /** One behind the other they are the block; undefined when it lies on disk. */
  parts: readonly Uint8Array[] | undefined;
  file?: SpilledBlock;
  digest?: Promise<string>;
}

export interface HeldSettings {
  readonly memory: SharedMemory;
  /** Bytes of blocks in memory, above which they go to disk. */
  readonly bytesMax: number;
  /** Absent: what memory has no room for is refused. */
  readonly spill: Spill | undefined;
  /** Memory is no longer crowded. */
  readonly hasRoom: () => void;
}

/** Above its bound by so much, memory is crowded: the disk cannot keep up. */
const CROWDED = 1.25;

export class HeldBlocks {
  readonly #settings: HeldSettings;
  readonly #held = new Map<string, Held>();
  /** Those in memory; insertion order is order of use, so that the first is the one to write. */
  readonly #inMemory = new Map<string, Held>();
  #bytes = 0;
  #memoryBytes = 0;
  #spilling = false;
  /** Why nothing could be written the last time. */
  #fault: unknown;

  constructor(settings: HeldSettings) {
    this.#settings = settings;
  }

  /** Throws RTL_LIMIT_EXCEEDED when neither memory nor the disk has room for it. */
  put(block: string, job: string, parts: readonly Uint8Array[]): number {
    const { memory, bytesMax, spill } = this.#settings;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const isOver = this.#memoryBytes + bytes > bytesMax;
    if (isOver && (spill === undefined || this.#fault !== undefined)) {
      // Room may have been made meanwhile: the next try may find it.
      void this.#makeRoom();
      throw this.#noRoom(bytes);
    }
    for (const part of parts) memory.use(part);
    const held = { block, job, bytes, parts };
    this.#held.set(block, held);
    this.#inMemory.set(block, held);
    this.#bytes += bytes;
    this.#memoryBytes += bytes;
    if (isOver) void this.#makeRoom();
    return bytes;
  }

  find(block: string): Held | undefined {
    const held = this.#held.get(block);
    if (held !== undefined && this.#inMemory.delete(block)) this.#inMemory.set(block, held);
    return held;
  }

  /** A piece of a block; at once when it is in memory. It is the caller's own if `copied`. */
  piece(
    held: Held,
    offset: number,
    bytes: number,
    copied: boolean,
  ): Uint8Array | Promise<Uint8Array> {
    const { parts, file } = held;
    if (parts === undefined) return this.#readPiece(file, offset, new Uint8Array(bytes));
    const [only, another] = parts;
    if (!copied && only !== undefined && another === undefined) {
      return only.subarray(offset, offset + bytes);
    }
    const piece = new Uint8Array(bytes);
    let filled = 0;
    for (const part of from(parts, offset)) {
      const more = part.subarray(0, bytes - filled);
      piece.set(more, filled);
      filled += more.length;
      if (filled === bytes) break;
    }
    return piece;
  }

  async #readPiece(
    file: SpilledBlock | undefined,
    offset: number,
    into: Uint8Array,
  ): Promise<Uint8Array> {
    const { spill } = this.#settings;
    if (file === undefined || spill === undefined) throw new Error("the block lies nowhere");
    await spill.read(file, offset, into);
    return into;
  }

  /** All of a block that lies on disk, in the memory given. */
  load(held: Held, into: Uint8Array): Promise<Uint8Array> {
    return this.#readPiece(held.file, 0, into);
  }

  /** Returns how many bytes it had. */
  remove(block: string): number {
    const held = this.#held.get(block);
    if (held === undefined) return 0;
    this.#held.delete(block);
    this.#bytes -= held.bytes;
    if (held.parts === undefined) {
      if (held.file !== undefined) this.#settings.spill?.remove(held.file);
    } else this.#leaveMemory(held);
    return held.bytes;
  }

  #leaveMemory(held: Held): void {
    const wasCrowded = this.isCrowded;
    for (const part of held.parts ?? []) this.#settings.memory.leave(part);
    held.parts = undefined;
    this.#inMemory.delete(held.block);
    this.#memoryBytes -= held.bytes;
    if (wasCrowded && !this.isCrowded) this.#settings.hasRoom();
  }

  /** Writes what was used longest ago, until the rest fits or nothing can be written. */
  async #makeRoom(): Promise<void> {
    const { spill, bytesMax } = this.#settings;
    if (this.#spilling || spill === undefined) return;
    this.#spilling = true;
    try {
      while (this.#memoryBytes > bytesMax) {
        const [held] = this.#inMemory.values();
        if (held?.parts === undefined) break;
        const file = await spill.write(held.parts, held.bytes);
        // It may have been let go meanwhile.
        if (this.#held.get(held.block) === held) {
          held.file = file;
          this.#leaveMemory(held);
        } else spill.remove(file);
      }
      this.#fault = undefined;
    } catch (error) {
      this.#fault = error;
    }
    this.#spilling = false;
    this.#settings.hasRoom();
  }

  /** More is in memory than should be, and on its way to the disk: no time to make more. */
  get isCrowded(): boolean {
    return this.#spilling && this.#memoryBytes > CROWDED * this.#settings.bytesMax;
  }

  #noRoom(bytes: number): RtlError {
    const { bytesMax, spill } = this.#settings;
    const onDisk = spill === undefined ? "and none may go to disk" : `and ${spill.bytes} on disk`;
    const why = this.#fault instanceof Error ? `: ${this.#fault.message}` : "";
    return new RtlError(
      "RTL_LIMIT_EXCEEDED",
      `no room for a table of ${bytes} bytes: tables take ${this.#memoryBytes} of ${bytesMax} bytes in memory, ${onDisk}${why}`,
      {
        cause: this.#fault,
        fix: "give the node more room with RTL_BLOCK_MEMORY or RTL_SPILL_MAX, free its disk, or run fewer jobs at once",
      },
    );
  }

  stats(): { readonly blocks: number; readonly bytes: number; readonly spilledBytes: number } {
    const spilledBytes = this.#bytes - this.#memoryBytes;
    return { blocks: this.#held.size, bytes: this.#bytes, spilledBytes };
  }

  close(): void {
    this.#held.clear();
    this.#inMemory.clear();
    this.#settings.spill?.close();
  }
}

/** The bytes behind an offset, as they lie. */
export function* from(parts: readonly Uint8Array[], offset: number): Generator<Uint8Array> {
  let skipped = offset;
  for (const part of parts) {
    if (skipped >= part.length) skipped -= part.length;
    else {
      yield skipped === 0 ? part : part.subarray(skipped);
      skipped = 0;
    }
  }
}
