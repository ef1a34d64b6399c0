/**
 * Text in fields of fixed width, as numpy keeps it: four bytes for each character of `<U`, one for
 * each of `|S`, zeros behind the end. Nothing here makes an object per row.
 */

import {
  checkedOffset,
  isBytesDtype,
  isNull,
  type TextColumn,
  type TextDtype,
  textColumnOfBytes,
} from "../../table/column.ts";
import { columnMemory } from "../../table/memory.ts";

/** What stands for a character that is none. */
const REPLACEMENT = 0xfffd;

/** Where a field lies: in record i at byte i * stride + offset. */
export interface TextPlace {
  readonly stride: number;
  readonly offset: number;
  /** Characters of `<U`, bytes of `|S`. */
  readonly width: number;
}

/** The column of one field of `rows` records. */
export function decodeFixedText(
  name: string,
  dtype: TextDtype,
  bytes: Uint8Array,
  rows: number,
  place: TextPlace,
  isBigEndian = false,
): TextColumn {
  return isBytesDtype(dtype)
    ? decodeBytes(name, dtype, bytes, rows, place)
    : decodeCharacters(name, dtype, bytes, rows, place, isBigEndian);
}

function decodeBytes(
  name: string,
  dtype: TextDtype,
  bytes: Uint8Array,
  rows: number,
  { stride, offset, width }: TextPlace,
): TextColumn {
  const offsets = new Int32Array(rows + 1);
  let total = 0;
  for (let row = 0, at = offset; row < rows; row++, at += stride) {
    let size = width;
    while (size > 0 && bytes[at + size - 1] === 0) size--;
    total = checkedOffset(name, total + size);
    offsets[row + 1] = total;
  }
  const text = columnMemory("|u1", total);
  for (let row = 0, at = offset, to = 0; row < rows; row++, at += stride) {
    const end = offsets[row + 1] as number;
    for (let from = at; to < end; from++, to++) text[to] = bytes[from] as number;
  }
  return textColumnOfBytes(name, offsets, text, { dtype });
}

function decodeCharacters(
  name: string,
  dtype: TextDtype,
  bytes: Uint8Array,
  rows: number,
  { stride, offset, width }: TextPlace,
  isBigEndian: boolean,
): TextColumn {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = new Int32Array(rows + 1);
  // First how much text there is, then the text: no guess, and nothing grows.
  let total = 0;
  for (let row = 0, at = offset; row < rows; row++, at += stride) {
    let size = 0;
    let sizeWithZeros = 0;
    for (let i = 0; i < width; i++) {
      const code = view.getUint32(at + 4 * i, !isBigEndian);
      sizeWithZeros +=
        code < 0x80 ? 1 : code < 0x800 ? 2 : code > 0xffff && code <= 0x10ffff ? 4 : 3;
      if (code !== 0) size = sizeWithZeros;
    }
    total = checkedOffset(name, total + size);
    offsets[row + 1] = total;
  }
  const text = columnMemory("|u1", total);
  for (let row = 0, at = offset, to = 0; row < rows; row++, at += stride) {
    const end = offsets[row + 1] as number;
    for (let place = at; to < end; place += 4) {
      const code = view.getUint32(place, !isBigEndian);
      if (code < 0x80) text[to++] = code;
      else to = putUtf8(text, to, code);
    }
  }
  return textColumnOfBytes(name, offsets, text, { dtype });
}

/** Writes a character of more than one byte and returns where the next begins. */
function putUtf8(text: Uint8Array, to: number, code: number): number {
  const isNone = code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  const point = isNone ? REPLACEMENT : code;
  let at = to;
  if (point < 0x800) text[at++] = 0xc0 | (point >> 6);
  else {
    if (point < 0x10000) text[at++] = 0xe0 | (point >> 12);
    else {
      text[at++] = 0xf0 | (point >> 18);
      text[at++] = 0x80 | ((point >> 12) & 0x3f);
    }
    text[at++] = 0x80 | ((point >> 6) & 0x3f);
  }
  text[at++] = 0x80 | (point & 0x3f);
  return at;
}

/** The width that the longest row needs; 1 at least, as numpy knows no empty text. */
export function fixedWidth(column: TextColumn): number {
  const isBytes = isBytesDtype(column.dtype);
  const { offsets, bytes } = column;
  let widest = 1;
  for (let row = 0; row < column.length; row++) {
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    let width = to - from;
    // Only text with more bytes than the widest so far can have more characters.
    if (width <= widest || isNull(column, row)) continue;
    if (!isBytes) {
      for (let at = from; at < to; at++) if (((bytes[at] as number) & 0xc0) === 0x80) width--;
    }
    widest = Math.max(widest, width);
  }
  return widest;
}

/**
 * Writes the column into its field of zeroed records. Returns the first row whose text ends in a zero,
 * which would be taken for padding; -1 where there is none.
 */
export function encodeFixedText(
  column: TextColumn,
  target: Uint8Array,
  { stride, offset, width }: TextPlace,
): number {
  const { offsets, bytes, length } = column;
  const isBytes = isBytesDtype(column.dtype);
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  for (let row = 0, at = offset; row < length; row++, at += stride) {
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    if (to > from && bytes[to - 1] === 0) return row;
    if (isBytes) {
      for (let i = 0; i < to - from; i++) target[at + i] = bytes[from + i] as number;
      continue;
    }
    for (let place = at, next = from; next < to && place < at + 4 * width; place += 4) {
      const code = bytes[next] as number;
      if (code < 0x80) {
        view.setUint32(place, code, true);
        next++;
      } else {
        const size = code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : code >= 0xc0 ? 2 : 1;
        view.setUint32(place, codePoint(bytes, next, size, to), true);
        next += size;
      }
    }
  }
  return -1;
}

/** The character that begins here with a byte above 0x7f; what is no UTF-8 gives the replacement. */
function codePoint(bytes: Uint8Array, at: number, size: number, end: number): number {
  if (size === 1 || at + size > end) return REPLACEMENT;
  let code = (bytes[at] as number) & (0x7f >> size);
  for (let i = at + 1; i < at + size; i++) {
    const byte = bytes[i] as number;
    if ((byte & 0xc0) !== 0x80) return REPLACEMENT;
    code = (code << 6) | (byte & 0x3f);
  }
  return code;
}
