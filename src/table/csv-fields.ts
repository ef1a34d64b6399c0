/**
 * Fields of a CSV line, byte by byte, into typed arrays. Numbers of a usual length are computed from
 * their digits; only unusual ones become a string first.
 */
import {
  arrayOfDtype,
  type Column,
  isBytesDtype,
  isNumericDtype,
  type NumericArray,
  type NumericDtype,
  numericColumn,
  type TextDtype,
  textColumnOfBytes,
  widthOf,
} from "./column.ts";
import type { FieldLayout } from "./records.ts";

export const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const TAB = 9;

/** What is wrong with a field; empty when something else than its end follows it. */
export class FieldFault extends Error {}

/** A place in the text. Positions are read into locals by the loops that move it. */
export class Scanner {
  readonly bytes: Uint8Array;
  readonly delimiter: number;
  at = 0;

  constructor(bytes: Uint8Array, delimiter: number) {
    this.bytes = bytes;
    this.delimiter = delimiter;
  }

  skipBlanks(): void {
    const { bytes, delimiter } = this;
    let at = this.at;
    let byte = bytes[at];
    while ((byte === BLANK || byte === TAB) && byte !== delimiter) byte = bytes[++at];
    this.at = at;
  }

  /** Steps over the delimiter, or over the line end after the last field. */
  endField(lastOfLine: boolean): void {
    const byte = this.bytes[this.at];
    if (!lastOfLine) {
      if (byte !== this.delimiter) throw new FieldFault("");
      this.at++;
      return;
    }
    if (byte === RETURN) this.at++;
    if (this.at >= this.bytes.length) return;
    if (this.bytes[this.at] !== NEWLINE) throw new FieldFault("");
    this.at++;
  }

  /** Where the field that begins here ends: at a delimiter, line end or the end of the text. */
  fieldEnd(): number {
    const { bytes, delimiter } = this;
    let end = this.at;
    while (end < bytes.length) {
      const byte = bytes[end];
      if (byte === delimiter || byte === NEWLINE) break;
      end++;
    }
    return end;
  }

  text(start: number, end: number): string {
    const { buffer, byteOffset } = this.bytes;
    return Buffer.from(buffer, byteOffset + start, end - start).toString("utf8");
  }
}

/** Collects the values of one column. */
export interface ColumnBuilder {
  capacity: number;
  grow(): void;
  /** Reads the field that begins at the scanner's place, up to its end. */
  parse(scanner: Scanner, row: number): void;
  finish(name: string, rows: number): Column;
}

/** `rows` is how many are expected; more are possible. `last` is the field that ends a line. */
export function builderFor(
  dtype: FieldLayout["dtype"],
  rows: number,
  last: boolean,
): ColumnBuilder {
  if (dtype === "<f8") return new FloatBuilder(rows);
  if (dtype === "<i8") return new LongBuilder(rows);
  if (isNumericDtype(dtype)) return new OtherBuilder(rows, dtype);
  return new TextBuilder(rows, dtype, last);
}

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

class FloatBuilder implements ColumnBuilder {
  capacity: number;
  #values: Float64Array;

  constructor(rows: number) {
    this.capacity = rows;
    this.#values = new Float64Array(rows);
  }

  grow(): void {
    this.capacity *= 2;
    this.#values = grown(this.#values, new Float64Array(this.capacity));
  }

  parse(scanner: Scanner, row: number): void {
    this.#values[row] = parseFloat64(scanner);
  }

  finish(name: string, rows: number): Column {
    return numericColumn(name, this.#values.subarray(0, rows));
  }
}

/** int64, written as two 32-bit halves, because a bigint for each value would cost the most. */
class LongBuilder implements ColumnBuilder {
  capacity: number;
  #values: BigInt64Array;
  #halves: Int32Array;

  constructor(rows: number) {
    this.capacity = rows;
    this.#values = new BigInt64Array(rows);
    this.#halves = new Int32Array(this.#values.buffer);
  }

  grow(): void {
    this.capacity *= 2;
    this.#values = grown(this.#values, new BigInt64Array(this.capacity));
    this.#halves = new Int32Array(this.#values.buffer);
  }

  parse(scanner: Scanner, row: number): void {
    const start = scanner.at;
    const value = parseShortInteger(scanner);
    if (Number.isNaN(value)) {
      scanner.at = start;
      this.#values[row] = parseLongInteger(scanner);
      return;
    }
    const high = Math.floor(value / 4_294_967_296);
    this.#halves[2 * row] = (value - high * 4_294_967_296) | 0;
    this.#halves[2 * row + 1] = high;
  }

  finish(name: string, rows: number): Column {
    return numericColumn(name, this.#values.subarray(0, rows));
  }
}

/** The dtypes that files rarely have: by way of a float or a bigint, with a range check. */
class OtherBuilder implements ColumnBuilder {
  capacity: number;
  readonly #dtype: NumericDtype;
  #values: NumericArray;

  constructor(rows: number, dtype: NumericDtype) {
    this.capacity = rows;
    this.#dtype = dtype;
    this.#values = new arrayOfDtype[dtype](rows);
  }

  grow(): void {
    this.capacity *= 2;
    const larger = new arrayOfDtype[this.#dtype](this.capacity);
    this.#values = grown(this.#values as Float64Array, larger as Float64Array);
  }

  parse(scanner: Scanner, row: number): void {
    if (this.#dtype === "<f4") {
      this.#values[row] = parseFloat64(scanner);
      return;
    }
    const start = scanner.at;
    const end = scanner.fieldEnd();
    const text = scanner.text(start, end).trim();
    const flag =
      this.#dtype === "|b1" ? /^(true|false)$/i.exec(text)?.[0].toLowerCase() : undefined;
    if (flag === undefined && !/^[+-]?\d{1,20}$/.test(text)) throw notWhole(text, this.#dtype);
    const value = flag === undefined ? BigInt(text.replace("+", "")) : BigInt(flag === "true");
    this.#values[row] = this.#dtype === "<u8" ? value : Number(value);
    if (BigInt(this.#values[row] ?? 0) !== value || (this.#dtype === "|b1" && value > 1n)) {
      throw new FieldFault(`"${text}" does not fit the dtype ${this.#dtype}`);
    }
    scanner.at = contentEnd(scanner, start, end);
  }

  finish(name: string, rows: number): Column {
    const values = this.#values.subarray(0, rows);
    return numericColumn(name, values, { dtype: this.#dtype });
  }
}

/** Text as it stands, cut to the dtype's width. */
class TextBuilder implements ColumnBuilder {
  capacity: number;
  readonly #dtype: TextDtype;
  readonly #width: number;
  readonly #keepsNewline: boolean;
  #offsets: Int32Array;
  #bytes = new Uint8Array(1024);
  #used = 0;

  constructor(rows: number, dtype: TextDtype, lastOfLine: boolean) {
    this.capacity = rows;
    this.#dtype = dtype;
    this.#width = widthOf(dtype);
    // Byte strings at the end of a line have always held its newline; programs rely on it.
    this.#keepsNewline = lastOfLine && isBytesDtype(dtype);
    this.#offsets = new Int32Array(rows + 1);
  }

  grow(): void {
    this.capacity *= 2;
    this.#offsets = grown(this.#offsets, new Int32Array(this.capacity + 1));
  }

  parse(scanner: Scanner, row: number): void {
    const { bytes, at } = scanner;
    const end = scanner.fieldEnd();
    const stop = bytes[end] === NEWLINE && bytes[end - 1] === RETURN && end > at ? end - 1 : end;
    const valueEnd = this.#keepsNewline && bytes[end] === NEWLINE ? end + 1 : stop;
    const cut = isBytesDtype(this.#dtype)
      ? Math.min(valueEnd, at + this.#width)
      : cutCodePoints(bytes, at, valueEnd, this.#width);
    while (this.#used + cut - at > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, new Uint8Array(this.#bytes.length * 2));
    }
    for (let from = at; from < cut; from++) this.#bytes[this.#used++] = bytes[from] as number;
    this.#offsets[row + 1] = this.#used;
    scanner.at = stop;
  }

  finish(name: string, rows: number): Column {
    const bytes = this.#bytes.subarray(0, this.#used);
    return textColumnOfBytes(name, this.#offsets.subarray(0, rows + 1), bytes, {
      dtype: this.#dtype,
    });
  }
}

function grown<A extends { set(from: A): void }>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

/** Where the first `width` code points of UTF-8 text end. */
function cutCodePoints(bytes: Uint8Array, start: number, end: number, width: number): number {
  if (end - start <= width) return end;
  let points = 0;
  for (let at = start; at < end; at++) {
    const continues = ((bytes[at] as number) & 0xc0) === 0x80;
    if (!continues && ++points > width) return at;
  }
  return end;
}

/** A whole number of at most 15 digits; NaN when the field is anything else. */
function parseShortInteger(scanner: Scanner): number {
  scanner.skipBlanks();
  const { bytes } = scanner;
  let at = scanner.at;
  const sign = bytes[at];
  if (sign === 45 || sign === 43) at++;
  const first = at;
  let value = 0;
  let digit = (bytes[at] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    digit = (bytes[++at] as number) - 48;
  }
  if (at === first || at - first > 15) return Number.NaN;
  scanner.at = at;
  scanner.skipBlanks();
  if (!atFieldEnd(scanner)) return Number.NaN;
  return sign === 45 ? 0 - value : value;
}

function parseLongInteger(scanner: Scanner): bigint {
  const start = scanner.at;
  const end = scanner.fieldEnd();
  const text = scanner.text(start, end).trim();
  if (!/^[+-]?\d{1,40}$/.test(text)) throw notWhole(text, "<i8");
  const value = BigInt(text.replace("+", ""));
  if (BigInt.asIntN(64, value) !== value) {
    throw new FieldFault(`${text} does not fit into 64 bits (dtype <i8)`);
  }
  scanner.at = contentEnd(scanner, start, end);
  return value;
}

/**
 * A float. Up to 15 digits and a small power of ten need one exactly rounded operation; everything
 * else goes through the language's own parser, so that all results are correctly rounded.
 */
function parseFloat64(scanner: Scanner): number {
  scanner.skipBlanks();
  const { bytes } = scanner;
  const start = scanner.at;
  let at = start;
  const sign = bytes[at];
  if (sign === 45 || sign === 43) at++;
  const first = at;
  let value = 0;
  let fraction = 0;
  let digit = (bytes[at] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    digit = (bytes[++at] as number) - 48;
  }
  let digits = at - first;
  if (bytes[at] === 46) {
    const point = at;
    digit = (bytes[++at] as number) - 48;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = (bytes[++at] as number) - 48;
    }
    fraction = at - point - 1;
    digits += fraction;
  }
  scanner.at = at;
  if (digits === 0 || digits > 15) return parseUnusualFloat(scanner, start);
  if (!atFieldEnd(scanner)) {
    scanner.skipBlanks();
    if (!atFieldEnd(scanner)) return parseUnusualFloat(scanner, start);
  }
  const magnitude = value / (POWERS_OF_TEN[fraction] as number);
  return sign === 45 ? -magnitude : magnitude;
}

function parseUnusualFloat(scanner: Scanner, start: number): number {
  scanner.at = start;
  const end = scanner.fieldEnd();
  const text = scanner.text(start, end).trim();
  const named = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  scanner.at = contentEnd(scanner, start, end);
  if (named !== null) {
    if (named[2]?.toLowerCase() === "nan") return Number.NaN;
    return named[1] === "-" ? -Infinity : Infinity;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw new FieldFault(text === "" ? "there is no number" : `"${cut(text)}" is no number`);
}

function atFieldEnd({ bytes, delimiter, at }: Scanner): boolean {
  const byte = bytes[at];
  if (byte === delimiter || byte === NEWLINE || byte === undefined) return true;
  return byte === RETURN && (bytes[at + 1] === NEWLINE || at + 1 === bytes.length);
}

/** The end of a field without the carriage return of its line end. */
function contentEnd({ bytes }: Scanner, start: number, end: number): number {
  const lineEnd = end === bytes.length || bytes[end] === NEWLINE;
  return lineEnd && end > start && bytes[end - 1] === RETURN ? end - 1 : end;
}

function notWhole(text: string, dtype: string): FieldFault {
  const what = text === "" ? "there is no number" : `"${cut(text)}" is no whole number`;
  return new FieldFault(`${what} (dtype ${dtype})`);
}

const cut = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
