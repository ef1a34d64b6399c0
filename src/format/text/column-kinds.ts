/**
 * Guesses what a column of text holds from some of its values. What was seen is a set of kinds, so that
 * what several places or files show is joined by joining the sets, in any order.
 *
 * The rule behind it: a guess loses nothing of what was seen. Numbers that begin with a needless zero,
 * such as 00501, stay text, and so do dates, integers beyond 64 bits, and columns of mixed kinds.
 */
import { MINUS, PLUS, ZERO } from "./characters.ts";
import type { ColumnType } from "./column-type.ts";
import { boolWord } from "./number-builders.ts";
import { readFloat, readLong, skipBlanks, skipBlanksBack } from "./number-bytes.ts";

/** Kinds of values, as bits of a set. */
export const kind = {
  /** An integer of 64 bits, with and without a minus. */
  negative: 1,
  whole: 2,
  /** An integer that only uint64 holds. */
  unsigned: 4,
  /** An integer beyond 64 bits. */
  huge: 8,
  /** A number with a point or an exponent, nan or inf. */
  float: 16,
  bool: 32,
  text: 64,
} as const;

const integers = kind.negative | kind.whole;

/** The type that loses nothing of these kinds; undefined when no value was seen. */
export function typeOfKinds(kinds: number): ColumnType | undefined {
  if (kinds === 0) return undefined;
  if ((kinds & kind.text) !== 0) return "O";
  if (kinds === kind.bool) return "|b1";
  if ((kinds & kind.bool) !== 0) return "O";
  if ((kinds & kind.float) !== 0) return "<f8";
  if ((kinds & ~integers) === 0) return "<i8";
  return (kinds & (kind.huge | kind.negative)) === 0 ? "<u8" : "O";
}

const scratch = new Int32Array(2);
const float = new Float64Array(1);

/** The kind of the value in bytes [start, end), which do not stand for a row without one. */
export function kindOf(bytes: Uint8Array, start: number, end: number): number {
  const first = skipBlanks(bytes, start, end);
  const last = skipBlanksBack(bytes, first, end);
  if (last === first || last - first > 400) return kind.text;
  const byte = bytes[first] as number;
  const signed = byte === MINUS || byte === PLUS;
  const digit = signed ? first + 1 : first;
  if (last - digit > 1 && bytes[digit] === ZERO && isDigit(bytes[digit + 1])) return kind.text;
  const whole = readLong(bytes, first, last, scratch, 0);
  if (whole === "read") return byte === MINUS ? kind.negative : kind.whole;
  if (whole === "too-large") {
    const value = BigInt(Buffer.from(bytes.subarray(digit, last)).toString("latin1"));
    return byte !== MINUS && BigInt.asUintN(64, value) === value ? kind.unsigned : kind.huge;
  }
  if (readFloat(bytes, first, last, float, 0)) return kind.float;
  return boolWord(bytes, first, last) === undefined ? kind.text : kind.bool;
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 48 && byte < 58;
