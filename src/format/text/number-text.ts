/**
 * Numbers as text, byte by byte into a growing list of parts: the fewest digits that are read back as
 * the same number. It makes no JavaScript string where the digits follow from whole-number arithmetic.
 */
import { MINUS, POINT, ZERO } from "./characters.ts";

const PART_BYTES = 1_048_576;
/** Any number fits: sign, 17 digits, point, exponent; or a whole number below 1e21. */
export const NUMBER_BYTES_MAX = 32;

/** Bytes that are written one after the other; what is full is put away as a part. */
export class TextSink {
  bytes = new Uint8Array(PART_BYTES);
  used = 0;
  readonly #parts: Uint8Array[] = [];
  #putAway = 0;

  /** Bytes written so far. */
  get written(): number {
    return this.#putAway + this.used;
  }

  /** Makes sure that `count` more bytes fit into `bytes`. */
  room(count: number): void {
    if (this.used + count <= this.bytes.length) return;
    if (this.used > 0) this.#parts.push(this.bytes.subarray(0, this.used));
    this.#putAway += this.used;
    this.bytes = new Uint8Array(Math.max(PART_BYTES, count));
    this.used = 0;
  }

  /** One byte; there must be room. */
  byte(value: number): void {
    this.bytes[this.used++] = value;
  }

  /** Characters below 128; there must be room. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.used++] = text.charCodeAt(i);
  }

  /** Bytes as they are, with room made for them. */
  copy(from: Uint8Array): void {
    this.room(from.length);
    this.bytes.set(from, this.used);
    this.used += from.length;
  }

  /** All that was written. */
  finish(): Uint8Array[] {
    if (this.used > 0) this.#parts.push(this.bytes.subarray(0, this.used));
    this.bytes = new Uint8Array(0);
    this.used = 0;
    return this.#parts;
  }
}

/** A whole number from 0 to 2^53; there must be room for NUMBER_BYTES_MAX bytes. */
function writeDigits(sink: TextSink, value: number): void {
  if (value < 1e9) {
    sink.used = putDigits(sink.bytes, sink.used, value, digitCount(value));
    return;
  }
  const high = Math.floor(value / 1e9);
  const count = digitCount(high);
  sink.used = putDigits(sink.bytes, sink.used, high, count);
  sink.used = putDigits(sink.bytes, sink.used, value - high * 1e9, 9);
}

/** The last `count` digits of a whole number below 2^31. */
function putDigits(bytes: Uint8Array, at: number, value: number, count: number): number {
  let rest = value | 0;
  for (let place = at + count - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + count;
}

function digitCount(value: number): number {
  if (value < 1e4) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  if (value < 1e7) return value < 1e5 ? 5 : value < 1e6 ? 6 : 7;
  return value < 1e8 ? 8 : value < 1e9 ? 9 : 10;
}

/** A whole number whose magnitude is below 2^53. */
export function writeWhole(sink: TextSink, value: number): void {
  if (value < 0) sink.byte(MINUS);
  writeDigits(sink, Math.abs(value));
}

/** A 64-bit number given as two halves. */
export function writeLong(sink: TextSink, high: number, low: number, signed: boolean): void {
  const top = signed ? high : high >>> 0;
  if (top >= -0x200000 && top < 0x200000) {
    writeWhole(sink, top * 4_294_967_296 + (low >>> 0));
    return;
  }
  sink.ascii(String((BigInt(top) << 32n) | BigInt(low >>> 0)));
}

/**
 * A finite float64, always with a point or an exponent, so that it is not read back as an integer.
 *
 * A decimal of at most 15 digits that is read as this number is the shortest one: two of them are
 * never read as the same number. It is looked for with 6 and with 10 places; other numbers are left
 * to the language's own conversion.
 */
export function writeFloat(sink: TextSink, value: number): void {
  if (value < 0 || Object.is(value, -0)) sink.byte(MINUS);
  const size = Math.abs(value);
  if (size < 1e9) {
    const millionths = Math.round(size * 1e6);
    if (millionths / 1e6 === size) {
      writeDecimal(sink, millionths, 6, 1e6);
      return;
    }
    if (size < 1e5) {
      const finer = Math.round(size * 1e10);
      if (finer / 1e10 === size) {
        writeDecimal(sink, finer, 10, 1e10);
        return;
      }
    }
  }
  const text = String(size);
  sink.ascii(text);
  if (size >= 1e9 && size < 1e21 && Number.isInteger(size)) sink.ascii(".0");
}

/** `scaled / scale`, where scale is 10 to the power of `places`, without zeros at its end. */
function writeDecimal(sink: TextSink, scaled: number, places: number, scale: number): void {
  const whole = Math.floor(scaled / scale);
  writeDigits(sink, whole);
  sink.byte(POINT);
  let rest = scaled - whole * scale;
  if (rest === 0) {
    sink.byte(ZERO);
    return;
  }
  if (places > 9) {
    // The first digit by itself, because the loop below holds nine.
    const first = Math.floor(rest / 1e9);
    sink.byte(ZERO + first);
    rest -= first * 1e9;
    if (rest > 0) sink.used = putDigits(sink.bytes, sink.used, rest, 9);
  } else sink.used = putDigits(sink.bytes, sink.used, rest, places);
  while (sink.bytes[sink.used - 1] === ZERO) sink.used--;
}

/** A finite number with a fixed count of decimals, rounded half to even as C's `%f` does. */
export function fixedText(value: number, decimals: number): string {
  if (Math.abs(value) >= 1e21) {
    return decimals === 0 ? String(BigInt(value)) : `${BigInt(value)}.${"0".repeat(decimals)}`;
  }
  const text = value.toFixed(decimals);
  const sign = Object.is(value, -0) ? "-" : "";
  // Exactly between two decimals only if an odd number of halves of a power of two is left.
  const halves = value * 2 ** (decimals + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return sign + text;
  const cut = value
    .toFixed(decimals + 1)
    .slice(0, -1)
    .replace(/\.$/, "");
  return Number(cut.at(-1)) % 2 === 0 ? cut : text;
}
