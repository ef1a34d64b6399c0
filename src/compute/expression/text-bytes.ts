/**
 * Texts as ranges of UTF-8 bytes: compared, searched, cut and joined without making a string of each.
 * A range is bytes, start, end; nothing here looks outside of it.
 */
import {
  allValid,
  checkedOffset,
  clearBit,
  isBytesDtype,
  setBit,
  type TextColumn,
  textColumn,
  textColumnOfBytes,
  type Value,
  valueAt,
} from "../../table/column.ts";

export function equalBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = aEnd - aStart;
  if (length !== bEnd - bStart) return false;
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

/** Below, at or above 0 as `a` comes before, equals or comes after `b`, by code point. */
export function orderOfBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const [aLength, bLength] = [aEnd - aStart, bEnd - bStart];
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i++) {
    const order = (a[aStart + i] as number) - (b[bStart + i] as number);
    if (order !== 0) return order;
  }
  return aLength - bLength;
}

/** Whether `b` is where `a` begins. */
export function beginsWith(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = bEnd - bStart;
  return length <= aEnd - aStart && equalBytes(a, aStart, aStart + length, b, bStart, bEnd);
}

/** Whether `b` is where `a` ends. */
export function endsWith(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = bEnd - bStart;
  return length <= aEnd - aStart && equalBytes(a, aEnd - length, aEnd, b, bStart, bEnd);
}

/** Whether `b` is anywhere in `a`. */
export function containsBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = bEnd - bStart;
  if (length === 0) return true;
  const first = b[bStart];
  const last = aEnd - length;
  for (let at = aStart; at <= last; at++) {
    if (a[at] === first && equalBytes(a, at, at + length, b, bStart, bEnd)) return true;
  }
  return false;
}

export function countCodePoints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (((bytes[at] as number) & 0xc0) !== 0x80) count++;
  return count;
}

/** Where the code point of this number begins, or the end; a negative number counts from the end. */
export function placeOfCodePoint(
  bytes: Uint8Array,
  start: number,
  end: number,
  number: number,
): number {
  let left = number < 0 ? Math.max(0, countCodePoints(bytes, start, end) + number) : number;
  let at = start;
  for (; at < end; at++) {
    if (((bytes[at] as number) & 0xc0) !== 0x80 && left-- < 1) return at;
  }
  return end;
}

/** Where the range that begins at `start` ends after so many code points; none if it is negative. */
export const endOfCodePoints = (
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
): number => placeOfCodePoint(bytes, start, end, Math.max(0, count));

/** Room for the texts of one row that are nowhere else; what is in `bytes` stays until the next row. */
export class TextScratch {
  bytes = new Uint8Array(1024);
  /** Where the text begins that was made last. */
  start = 0;
  /** Where it ends. */
  end = 0;

  /** Called before each row. */
  clear(): void {
    this.end = 0;
  }

  /** Begins a new text. */
  begin(): void {
    this.start = this.end;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    for (let at = start; at < end; at++) this.bytes[this.end++] = bytes[at] as number;
  }

  /** Adds the text in small or capital letters, of all alphabets. */
  addCased(bytes: Uint8Array, start: number, end: number, upper: boolean): void {
    this.#reserve(end - start);
    const [first, last] = upper ? [97, 122] : [65, 90];
    const begin = this.end;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte > 127) {
        this.end = begin;
        this.#addCasedText(bytes, start, end, upper);
        return;
      }
      this.bytes[this.end++] = byte >= first && byte <= last ? byte ^ 32 : byte;
    }
  }

  #addCasedText(bytes: Uint8Array, start: number, end: number, upper: boolean): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    const cased = new TextEncoder().encode(upper ? text.toUpperCase() : text.toLowerCase());
    this.add(cased, 0, cased.length);
  }

  /** Texts of this row may lie in the old memory: whoever made them holds on to it. */
  #reserve(length: number): void {
    if (this.end + length <= this.bytes.length) return;
    const larger = new Uint8Array(2 * (this.end - this.start + length));
    larger.set(this.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = larger;
  }
}

/** Collects the texts of a new column, row by row. */
export class TextBuilder {
  readonly #name: string;
  readonly #offsets: Int32Array;
  #bytes = new Uint8Array(1024);
  #used = 0;
  #nulls: Uint8Array | undefined;

  constructor(name: string, rows: number) {
    this.#name = name;
    this.#offsets = new Int32Array(rows + 1);
  }

  /** The text of a row; rows come in order, and one that comes again replaces all from there on. */
  put(row: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#nulls !== undefined) setBit(this.#nulls, row);
    const at = this.#offsets[row] as number;
    const used = checkedOffset(this.#name, at + end - start);
    if (used > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(used, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    // Texts are short: a loop over bytes is faster than a call for each.
    for (let from = start, to = at; from < end; from++) this.#bytes[to++] = bytes[from] as number;
    this.#offsets[row + 1] = used;
    this.#used = used;
  }

  /** A row without a value. */
  putNull(row: number): void {
    this.#nulls ??= allValid(this.#offsets.length - 1);
    clearBit(this.#nulls, row);
    this.#used = this.#offsets[row] as number;
    this.#offsets[row + 1] = this.#used;
  }

  finish(dtype: TextColumn["dtype"] = "O"): TextColumn {
    const bytes = this.#bytes.subarray(0, this.#used);
    const options = { dtype, validity: this.#nulls };
    return textColumnOfBytes(this.#name, this.#offsets, bytes, options);
  }
}

/** The column as UTF-8: raw bytes are one character each. Mostly the column as it is. */
export function asUtf8(column: TextColumn): TextColumn {
  if (!isBytesDtype(column.dtype)) return column;
  const { bytes, offsets, length } = column;
  const [start = 0, end = 0] = [offsets[0], offsets[length]];
  if (countAscii(bytes, start, end) === end - start) return { ...column, dtype: "O" };
  const texts = Array.from({ length }, (_, row) => textOf(valueAt(column, row)));
  return textColumn(column.name, texts, "O");
}

const textOf = (value: Value): string | null => (value === null ? null : String(value));

export function countAscii(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) count += (bytes[at] as number) < 128 ? 1 : 0;
  return count;
}
