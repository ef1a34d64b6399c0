/**
 * Fields of a CSV line, byte by byte, into typed arrays. This is the way for what is unusual and for
 * text; csv-kernel.ts reads plain numbers faster.
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
} from "../table/column.ts";
import type { FieldLayout } from "./records.ts";

export const NEWLINE = 10;
const RETURN = 13;

/** What is wrong with a field; empty when something else than its end follows it. */
export class FieldFault extends Error {}

/** A place in the text. */
export class Scanner {
  readonly bytes: Uint8Array;
  readonly delimiter: number;
  at = 0;
  readonly #buffer: Buffer;

  constructor(bytes: Uint8Array, delimiter: number) {
    this.bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.delimiter = delimiter;
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
    return this.#buffer.toString("utf8", start, end);
  }
}

/** Collects the values of one column. */
export interface ColumnBuilder {
  capacity: number;
  grow(): void;
  /** Reads the field that begins at the scanner's place, up to its end. */
  parse(scanner: Scanner, row: number): void;
  finish(name: string, rows: number): Column;
  /** The memory that csv-kernel.ts may write to; undefined when it is to leave the field alone. */
  output(): Float64Array | Int32Array | undefined;
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

  output(): Float64Array {
    return this.#values;
  }

  finish(name: string, rows: number): Column {
    return numericColumn(name, this.#values.subarray(0, rows));
  }
}

class LongBuilder implements ColumnBuilder {
  capacity: number;
  #values: BigInt64Array;

  constructor(rows: number) {
    this.capacity = rows;
    this.#values = new BigInt64Array(rows);
  }

  grow(): void {
    this.capacity *= 2;
    this.#values = grown(this.#values, new BigInt64Array(this.capacity));
  }

  parse(scanner: Scanner, row: number): void {
    this.#values[row] = parseLongInteger(scanner);
  }

  /** Each int64 as two halves, because making bigints would cost the most. */
  output(): Int32Array {
    return new Int32Array(this.#values.buffer);
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

  output(): undefined {
    return undefined;
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

  output(): undefined {
    return undefined;
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

/** Any float, by the language's own parser, which rounds correctly. */
function parseFloat64(scanner: Scanner): number {
  const start = scanner.at;
  const end = scanner.fieldEnd();
  scanner.at = contentEnd(scanner, start, end);
  if (isPlainFloat(scanner.bytes, start, scanner.at)) {
    return Number(scanner.text(start, scanner.at));
  }
  const text = scanner.text(start, end).trim();
  const named = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (named !== null) {
    if (named[2]?.toLowerCase() === "nan") return Number.NaN;
    return named[1] === "-" ? -Infinity : Infinity;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw new FieldFault(text === "" ? "there is no number" : `"${cut(text)}" is no number`);
}

/** Digits with at most one point among them, which is nearly every float that comes here. */
function isPlainFloat(bytes: Uint8Array, start: number, end: number): boolean {
  let points = 0;
  for (let at = bytes[start] === 45 ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === 46) points++;
    else if (byte < 48 || byte > 57) return false;
  }
  const first = bytes[start] as number;
  return points < 2 && end - start > 2 && first !== 46;
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
