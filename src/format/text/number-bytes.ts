/**
 * Numbers out of the bytes that spell them, without a JavaScript string for those of up to 19 digits.
 * Every float64 is the one nearest to the decimal, as the language's own conversion gives it.
 */
import { BLANK, MINUS, PLUS, POINT, TAB, ZERO } from "./characters.ts";

const TWO_32 = 4_294_967_296;

/** Powers of ten that a float64 holds exactly. */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** Digits that one float64 holds exactly, whatever they are. */
const LEAD_DIGITS = 15;
const MORE_DIGITS = 4;

/**
 * Reads a float from bytes [start, end) to `out[place]`; false when it is none. Blanks around it, a
 * plus sign, a point at either end, an exponent, and nan, inf and infinity in any case are fine.
 */
export function readFloat(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array | Float32Array,
  place: number,
): boolean {
  const first = skipBlanks(bytes, start, end);
  const last = skipBlanksBack(bytes, first, end);
  let at = first;
  const signByte = bytes[at];
  if (at < last && (signByte === MINUS || signByte === PLUS)) at++;
  let lead = 0;
  let leadDigits = 0;
  let more = 0;
  let moreDigits = 0;
  let dropped = 0;
  let digits = 0;
  let power = 0;
  let point = false;
  for (; at < last; at++) {
    const byte = bytes[at] as number;
    const digit = byte - 48;
    if (digit >>> 0 < 10) {
      digits++;
      if (point) power--;
      if (leadDigits < LEAD_DIGITS) {
        lead = lead * 10 + digit;
        if (lead > 0) leadDigits++;
      } else if (moreDigits < MORE_DIGITS) {
        more = more * 10 + digit;
        moreDigits++;
      } else dropped++;
    } else if (byte === POINT && !point) point = true;
    else break;
  }
  if (digits === 0) return readWord(bytes, first, last, out, place);
  if (at < last) {
    const exponent = readExponent(bytes, at, last);
    if (exponent === undefined) return false;
    power += exponent;
  }
  let size: number;
  if (dropped === 0 && moreDigits === 0 && power >= -22 && power <= 22) {
    // Both numbers are exact, so that the one operation rounds once.
    size =
      power < 0 ? lead / (powersOfTen[-power] as number) : lead * (powersOfTen[power] as number);
  } else if (dropped === 0 && power >= -22 && power <= 0) {
    size = longQuotient(lead, more, moreDigits, -power);
  } else size = Number.NaN;
  // The sign is put on afterwards, so that -0 stays what it is.
  const sign = signByte === MINUS ? -1 : 1;
  out[place] = Number.isNaN(size) ? Number(asciiText(bytes, first, last)) : sign * size;
  return true;
}

/**
 * (lead · 10^digits + more) / 10^places, rounded once; NaN where that cannot be told. It computes
 * with pairs of float64 whose sum is the number: Dekker, "A floating-point technique for extending
 * the available precision", 1971. The remainder of the division is exact, the correction made of it
 * has a relative error below 2^-50, and the result counts only if an error of 2^-45 would not change
 * it.
 */
function longQuotient(lead: number, more: number, digits: number, places: number): number {
  const tens = powersOfTen[digits] as number;
  const leadHigh = Math.floor(lead / SPLIT_27);
  const high = leadHigh * tens * SPLIT_27;
  const rest = (lead - leadHigh * SPLIT_27) * tens + more;
  const sum = high + rest;
  const low = rest - (sum - high);
  const divisor = powersOfTen[places] as number;
  const quotient = sum / divisor;
  const product = quotient * divisor;
  let spread = SPLITTER * quotient;
  const quotientHigh = spread - (spread - quotient);
  const quotientLow = quotient - quotientHigh;
  spread = SPLITTER * divisor;
  const divisorHigh = spread - (spread - divisor);
  const divisorLow = divisor - divisorHigh;
  const error =
    quotientHigh * divisorHigh -
    product +
    quotientHigh * divisorLow +
    quotientLow * divisorHigh +
    quotientLow * divisorLow;
  const correction = (sum - product - error + low) / divisor;
  const larger = quotient + correction * (1 + 2 ** -45);
  const smaller = quotient + correction * (1 - 2 ** -45);
  return larger === smaller ? larger : Number.NaN;
}
const SPLIT_27 = 2 ** 27;
const SPLITTER = 2 ** 27 + 1;

/** `e-12`; undefined when it is anything else. */
function readExponent(bytes: Uint8Array, start: number, end: number): number | undefined {
  const mark = bytes[start] as number;
  if (mark !== 101 && mark !== 69) return undefined;
  let at = start + 1;
  const sign = bytes[at];
  if (at < end && (sign === MINUS || sign === PLUS)) at++;
  if (at === end) return undefined;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit >>> 0 >= 10) return undefined;
    // Beyond this every number is zero or infinite.
    if (value < 100_000) value = value * 10 + digit;
  }
  return sign === MINUS ? -value : value;
}

function readWord(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array | Float32Array,
  place: number,
): boolean {
  if (end - start < 3 || end - start > 9) return false;
  const match = /^([+-]?)(nan|inf|infinity)$/i.exec(asciiText(bytes, start, end));
  if (match === null) return false;
  const infinite = match[2]?.toLowerCase() !== "nan";
  out[place] = infinite ? (match[1] === "-" ? -Infinity : Infinity) : Number.NaN;
  return true;
}

/** What became of an integer. */
export type Whole = "read" | "no-integer" | "too-large";

/**
 * Reads an integer from bytes [start, end) as two 32-bit halves at `halves[2 * place]`, the low one
 * first. Blanks around it and a plus sign are fine.
 */
export function readLong(
  bytes: Uint8Array,
  start: number,
  end: number,
  halves: Int32Array,
  place: number,
): Whole {
  let at = skipBlanks(bytes, start, end);
  const last = skipBlanksBack(bytes, at, end);
  const sign = bytes[at];
  if (at < last && (sign === MINUS || sign === PLUS)) at++;
  if (at === last) return "no-integer";
  while (at < last - 1 && bytes[at] === ZERO) at++;
  const digits = last - at;
  let high = 0;
  let low = 0;
  for (let left = digits; at < last; at++, left--) {
    const digit = (bytes[at] as number) - 48;
    if (digit >>> 0 >= 10) return "no-integer";
    if (left > 9) {
      if (digits < 20) high = high * 10 + digit;
    } else low = low * 10 + digit;
  }
  if (digits > 19) return "too-large";
  // high · 10^9 + low, with high below 2^34: each product below is exact in a float64.
  const upper = Math.floor(high / 65_536);
  const middle = upper * 1e9;
  const middleHigh = Math.floor(middle / 65_536);
  const bottom = (middle - middleHigh * 65_536) * 65_536 + (high - upper * 65_536) * 1e9 + low;
  const carry = Math.floor(bottom / TWO_32);
  const lowWord = bottom - carry * TWO_32;
  const highWord = middleHigh + carry;
  const negative = sign === MINUS;
  if (highWord >= 2 ** 31 && !(negative && highWord === 2 ** 31 && lowWord === 0)) {
    return "too-large";
  }
  halves[2 * place] = negative ? -lowWord : lowWord;
  halves[2 * place + 1] = negative ? (lowWord === 0 ? -highWord : ~highWord) : highWord;
  return "read";
}

/** Where the first byte stands that is neither blank nor tab. */
export function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === BLANK || bytes[at] === TAB)) at++;
  return at;
}

/** Behind the last byte that is neither blank nor tab. */
export function skipBlanksBack(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && (bytes[last - 1] === BLANK || bytes[last - 1] === TAB)) last--;
  return last;
}

/** Bytes as text, one character each. */
export const asciiText = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
