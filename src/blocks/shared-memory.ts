/**
 * Shared memory that is used again: memory that is new costs the system a page at a time, as much as
 * moving the bytes that go into it. It counts who uses each piece, and only what nobody uses is lent
 * anew. Without room to keep anything it counts nothing, and all memory is new.
 */
/** Memory that is lent is at most so many times as large as was asked for. */
export const WASTE_MAX = 2;

export interface SharedMemorySettings {
  /** Bytes that may lie ready to be lent again. */
  readonly keptBytesMax: number;
  /** Bytes of all together: what is used, and what lies ready. What is used is not bounded here. */
  readonly bytesMax: number;
  /** So many bytes are nobody's any more: the system has them back when garbage is collected. */
  readonly dropped: (bytes: number) => void;
}

export class SharedMemory {
  readonly #settings: SharedMemorySettings;
  /** By size; within one, what lies longest comes first. */
  readonly #kept = new Map<number, SharedArrayBuffer[]>();
  readonly #uses = new Map<SharedArrayBuffer, number>();
  #keptBytes = 0;
  #usedBytes = 0;

  constructor(settings: SharedMemorySettings) {
    this.#settings = settings;
  }

  /** Memory of this size, used once. What it holds is left over from before. */
  take(bytes: number): Uint8Array {
    const buffer = this.spare(bytes) ?? new SharedArrayBuffer(this.#sizeFor(bytes));
    const taken = new Uint8Array(buffer, 0, bytes);
    this.use(taken);
    return taken;
  }

  /** Memory that lies ready for so many bytes, and is the caller's from now on. */
  spare(bytes: number): SharedArrayBuffer | undefined {
    if (!this.#isOurs(bytes)) return undefined;
    const size = sizeClass(bytes);
    const buffer = this.#kept.get(size)?.pop() ?? this.#largerThan(size);
    if (buffer !== undefined) this.#keptBytes -= buffer.byteLength;
    return buffer;
  }

  /** The smallest that is larger, but not by so much that more is wasted than is used. */
  #largerThan(size: number): SharedArrayBuffer | undefined {
    let best: SharedArrayBuffer[] | undefined;
    let least = WASTE_MAX * size;
    for (const [other, buffers] of this.#kept) {
      if (other <= size || other > least || buffers.length === 0) continue;
      [best, least] = [buffers, other];
    }
    return best?.pop();
  }

  /** One more uses these bytes; it is the first where they came from elsewhere. */
  use(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!(buffer instanceof SharedArrayBuffer) || !this.#isOurs(buffer.byteLength)) return;
    const uses = this.#uses.get(buffer) ?? 0;
    this.#uses.set(buffer, uses + 1);
    if (uses > 0) return;
    const { bytesMax, dropped } = this.#settings;
    this.#usedBytes += buffer.byteLength;
    while (this.#keptBytes > Math.max(0, bytesMax - this.#usedBytes)) dropped(this.#dropOldest());
  }

  /** One less uses them; when nobody does, the memory is lent again. */
  leave(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!(buffer instanceof SharedArrayBuffer)) return;
    const uses = this.#uses.get(buffer);
    if (uses === undefined) return;
    if (uses > 1) this.#uses.set(buffer, uses - 1);
    else {
      this.#uses.delete(buffer);
      this.#usedBytes -= buffer.byteLength;
      this.keep(buffer);
    }
  }

  /**
   * Nobody uses this memory, and nobody will unless it is lent. Where there is no room for it, what has
   * lain longest makes some: sizes that nobody asks for any more go first.
   */
  keep(buffer: SharedArrayBuffer): void {
    const { keptBytesMax, bytesMax, dropped } = this.#settings;
    const size = buffer.byteLength;
    const room = Math.min(keptBytesMax, bytesMax - this.#usedBytes);
    if (size !== sizeClass(size) || size > room) {
      dropped(size);
      return;
    }
    while (this.#keptBytes + size > room) dropped(this.#dropOldest());
    const others = this.#kept.get(size) ?? [];
    others.push(buffer);
    // Its size was used last.
    this.#kept.delete(size);
    this.#kept.set(size, others);
    this.#keptBytes += size;
  }

  #dropOldest(): number {
    for (const [size, buffers] of this.#kept) {
      if (buffers.shift() === undefined) {
        this.#kept.delete(size);
        continue;
      }
      this.#keptBytes -= size;
      return size;
    }
    return 0;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  #isOurs(bytes: number): boolean {
    return this.#settings.keptBytesMax > 0 && bytes > 0;
  }

  #sizeFor(bytes: number): number {
    return this.#isOurs(bytes) ? sizeClass(bytes) : bytes;
  }
}

/** Eighths of a power of two: sizes that differ a little are one, and at most an eighth is wasted. */
export function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(12, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
