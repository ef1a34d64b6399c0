/** Columns of numbers and booleans, made value by value out of the bytes of a text file. */
import {
  type Column,
  type NumericArray,
  type NumericDtype,
  numericColumn,
} from "../../table/column.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { ColumnBuilder, cutText, FieldFault, grown } from "./column-builder.ts";
import { asciiText, readFloat, readLong, skipBlanks, skipBlanksBack } from "./number-bytes.ts";
import { readTimestamp } from "./timestamp-bytes.ts";

/** The builder for a numeric dtype with room for `rows`. */
export function numberBuilder(dtype: NumericDtype, rows: number): ColumnBuilder {
  if (dtype === "<f8") return new FloatBuilder(rows);
  if (dtype === "<i8") return new LongBuilder(rows);
  return dtype === "|b1" ? new BoolBuilder(rows) : new OtherBuilder(rows, dtype);
}

export class FloatBuilder extends ColumnBuilder {
  values: Float64Array;

  constructor(rows: number) {
    super(rows);
    this.values = columnMemory("<f8", rows);
  }

  parse(bytes: Uint8Array, start: number, end: number, row: number): void {
    if (readFloat(bytes, start, end, this.values, row)) return;
    throw noNumber(bytes, start, end, "number", "text");
  }

  override clear(row: number): void {
    this.values[row] = 0;
    super.clear(row);
  }

  protected enlarge(capacity: number): void {
    this.values = regrown(this.values, columnMemory("<f8", capacity));
  }

  protected column(name: string, rows: number, validity: Uint8Array | undefined): Column {
    return numericColumn(name, this.values.subarray(0, rows), { validity });
  }
}

/** int64 as two halves, because making bigints would cost the most. */
export class LongBuilder extends ColumnBuilder {
  #values: BigInt64Array;
  halves: Int32Array;

  constructor(rows: number) {
    super(rows);
    this.#values = columnMemory("<i8", rows);
    this.halves = halvesOf(this.#values);
  }

  parse(bytes: Uint8Array, start: number, end: number, row: number): void {
    const whole = readLong(bytes, start, end, this.halves, row);
    if (whole === "read") return;
    if (whole === "too-large") {
      const text = asciiText(bytes, start, end).trim();
      throw new FieldFault(`${cutText(text)} does not fit into 64 bits (dtype <i8)`, "text");
    }
    const fits = readFloat(bytes, start, end, new Float64Array(1), 0) ? "float64" : "text";
    throw noNumber(bytes, start, end, "whole number (dtype <i8)", fits);
  }

  override clear(row: number): void {
    this.#values[row] = 0n;
    super.clear(row);
  }

  protected enlarge(capacity: number): void {
    this.#values = regrown(this.#values, columnMemory("<i8", capacity));
    this.halves = halvesOf(this.#values);
  }

  protected column(name: string, rows: number, validity: Uint8Array | undefined): Column {
    return numericColumn(name, this.#values.subarray(0, rows), { validity });
  }
}

/** The larger array with what the old one holds, which nobody reads any more. */
function regrown<A extends NumericArray & { set(from: A): void }>(old: A, larger: A): A {
  const made = grown(old, larger);
  returnMemory(old);
  return made;
}

const halvesOf = (values: BigInt64Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length * 2);

/** true and false in any case, 1 and 0. */
class BoolBuilder extends ColumnBuilder {
  #values: Uint8Array;

  constructor(rows: number) {
    super(rows);
    this.#values = columnMemory("|b1", rows);
  }

  parse(bytes: Uint8Array, start: number, end: number, row: number): void {
    const first = skipBlanks(bytes, start, end);
    const last = skipBlanksBack(bytes, first, end);
    const value = boolOf(bytes, first, last);
    if (value !== undefined) {
      this.#values[row] = value;
      return;
    }
    const text = asciiText(bytes, first, last);
    if (/^[+-]?\d{1,20}$/.test(text)) {
      throw new FieldFault(`"${text}" does not fit the dtype |b1`, "text");
    }
    throw noNumber(bytes, start, end, "boolean (dtype |b1)", "text");
  }

  override clear(row: number): void {
    this.#values[row] = 0;
    super.clear(row);
  }

  protected enlarge(capacity: number): void {
    this.#values = regrown(this.#values, columnMemory("|b1", capacity));
  }

  protected column(name: string, rows: number, validity: Uint8Array | undefined): Column {
    return numericColumn(name, this.#values.subarray(0, rows), { dtype: "|b1", validity });
  }
}

function boolOf(bytes: Uint8Array, start: number, end: number): 0 | 1 | undefined {
  if (end - start === 1) return bytes[start] === 49 ? 1 : bytes[start] === 48 ? 0 : undefined;
  return boolWord(bytes, start, end);
}

/** The word true or false in any case, as 1 or 0. */
export function boolWord(bytes: Uint8Array, start: number, end: number): 0 | 1 | undefined {
  if (end - start === 4) return isWord(bytes, start, "true") ? 1 : undefined;
  return end - start === 5 && isWord(bytes, start, "false") ? 0 : undefined;
}

function isWord(bytes: Uint8Array, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if (((bytes[start + i] as number) | 0x20) !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** The dtypes that files rarely have: by way of a float or a bigint, with a range check. */
class OtherBuilder extends ColumnBuilder {
  readonly #dtype: NumericDtype;
  #values: NumericArray;

  constructor(rows: number, dtype: NumericDtype) {
    super(rows);
    this.#dtype = dtype;
    this.#values = columnMemory(dtype, rows);
  }

  parse(bytes: Uint8Array, start: number, end: number, row: number): void {
    if (this.#values instanceof Float32Array) {
      if (readFloat(bytes, start, end, this.#values, row)) return;
      throw noNumber(bytes, start, end, "number", "text");
    }
    const text = asciiText(bytes, start, end).trim();
    if (!/^[+-]?\d{1,20}$/.test(text)) {
      throw noNumber(bytes, start, end, `whole number (dtype ${this.#dtype})`, "text");
    }
    const value = BigInt(text.replace("+", ""));
    this.#values[row] = this.#dtype === "<u8" ? value : Number(value);
    if (BigInt(this.#values[row] ?? 0) !== value) {
      throw new FieldFault(`"${text}" does not fit the dtype ${this.#dtype}`, "text");
    }
  }

  override clear(row: number): void {
    this.#values[row] = this.#dtype === "<u8" ? 0n : 0;
    super.clear(row);
  }

  protected enlarge(capacity: number): void {
    const larger = columnMemory(this.#dtype, capacity);
    this.#values = regrown(this.#values as Float64Array, larger as Float64Array);
  }

  protected column(name: string, rows: number, validity: Uint8Array | undefined): Column {
    const values = this.#values.subarray(0, rows);
    return numericColumn(name, values, { dtype: this.#dtype, validity });
  }
}

/** Points in time as int64 milliseconds since 1970 in UTC. */
export class TimestampBuilder extends LongBuilder {
  override parse(bytes: Uint8Array, start: number, end: number, row: number): void {
    const first = skipBlanks(bytes, start, end);
    const last = skipBlanksBack(bytes, first, end);
    if (readTimestamp(bytes, first, last, this.halves, row)) return;
    throw noNumber(
      bytes,
      start,
      end,
      "date or time such as 2001-12-31 or 2001-12-31T23:59:59Z",
      "text",
    );
  }
}

function noNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  what: string,
  fits: "float64" | "text",
): FieldFault {
  const seen = bytes.subarray(start, Math.min(end, start + 200));
  const text = Buffer.from(seen).toString("utf8").trim();
  return new FieldFault(
    text === "" ? `there is no ${what}` : `"${cutText(text)}" is no ${what}`,
    fits,
  );
}
