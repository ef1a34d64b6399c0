/**
 * Shared memory that is used again: memory that is new costs the system a page at a time, as much as
 * moving the bytes that go into it. It counts who uses each piece, and only what nobody uses is lent
 * anew. Without room to keep anything it counts nothing, and all memory is new.
 */
export class SharedMemory {
  readonly #keptBytesMax: number;
  readonly #kept = new Map<number, SharedArrayBuffer[]>();
  readonly #uses = new Map<SharedArrayBuffer, number>();
  #keptBytes = 0;

  constructor(keptBytesMax: number) {
    this.#keptBytesMax = keptBytesMax;
  }

  /** Memory of this size, used once. What it holds is left over from before. */
  take(bytes: number): Uint8Array {
    const buffer = this.spare(bytes) ?? new SharedArrayBuffer(this.#sizeFor(bytes));
    if (this.#isOurs(bytes)) this.#uses.set(buffer, 1);
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Memory that lies ready for so many bytes, and is the caller's from now on. */
  spare(bytes: number): SharedArrayBuffer | undefined {
    if (!this.#isOurs(bytes)) return undefined;
    const buffer = this.#kept.get(sizeClass(bytes))?.pop();
    if (buffer !== undefined) this.#keptBytes -= buffer.byteLength;
    return buffer;
  }

  /** One more uses these bytes; it is the first where they came from elsewhere. */
  use(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!(buffer instanceof SharedArrayBuffer) || !this.#isOurs(buffer.byteLength)) return;
    this.#uses.set(buffer, (this.#uses.get(buffer) ?? 0) + 1);
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
      this.keep(buffer);
    }
  }

  /** Nobody uses this memory, and nobody will unless it is lent. */
  keep(buffer: SharedArrayBuffer): void {
    const size = buffer.byteLength;
    if (size !== sizeClass(size) || this.#keptBytes + size > this.#keptBytesMax) return;
    const others = this.#kept.get(size);
    if (others === undefined) this.#kept.set(size, [buffer]);
    else others.push(buffer);
    this.#keptBytes += size;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  #isOurs(bytes: number): boolean {
    return this.#keptBytesMax > 0 && bytes > 0;
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
