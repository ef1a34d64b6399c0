/**
 * JSON lines to columns of known types, block by block. A key that a line does not have is a row without
 * a value; objects and lists inside a line are kept as their JSON text. It knows no files.
 */
import { isBytesDtype } from "../../table/column.ts";
import { makeTable, type Table } from "../../table/table.ts";
import { BLANK, NEWLINE } from "./characters.ts";
import { type ColumnBuilder, cutText, FieldFault } from "./column-builder.ts";
import { builderFor, type ColumnType } from "./column-type.ts";
import { JsonFault, JsonLines, type Token, type TokenTarget } from "./json-tokens.ts";
import { readFloat } from "./number-bytes.ts";

export interface JsonColumnType {
  readonly name: string;
  readonly type: ColumnType;
}

/** Reads lines into columns. Throws a LineFault at the first one that does not fit. */
export class JsonLinesParser implements TokenTarget {
  readonly #columns: readonly JsonColumnType[];
  readonly #builders: readonly ColumnBuilder[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #skipsOthers: boolean;
  /** The last row in which each column had a value. */
  readonly #seen: Int32Array;
  readonly #lines = new JsonLines(this);
  #capacity: number;
  #row = 0;

  /**
   * `rows` is how many are expected; more are possible. `skipsOthers`: keys of other columns are passed
   * over; otherwise they are faults.
   */
  constructor(columns: readonly JsonColumnType[], skipsOthers: boolean, rows: number) {
    this.#columns = columns;
    this.#capacity = Math.max(16, rows);
    this.#builders = columns.map(({ type }) => builderFor(type, this.#capacity));
    this.#places = new Map(columns.map(({ name }, place) => [name, place]));
    this.#skipsOthers = skipsOthers;
    this.#seen = new Int32Array(columns.length).fill(-1);
  }

  /** Reads the lines of bytes [0, length) that begin before `until`; see TakeBlock. */
  feed(bytes: Uint8Array, length: number, until: number, final: boolean): number {
    const whole = final ? length : bytes.lastIndexOf(NEWLINE, length - 1) + 1;
    const last = Math.min(until, whole);
    let at = 0;
    while (at < last) {
      const end = bytes.indexOf(NEWLINE, at);
      if (!isBlankLine(bytes, at, end)) this.#readRow(bytes, at, end);
      at = end + 1;
    }
    return Math.min(at, length);
  }

  finish(): Table {
    const columns = this.#builders.map((builder, place) =>
      builder.finish(this.#columns[place]?.name ?? "", this.#row),
    );
    return makeTable(columns, this.#row);
  }

  placeOf(key: string): number {
    const place = this.#places.get(key);
    if (place !== undefined) return place;
    if (this.#skipsOthers) return -1;
    throw new JsonFault(
      "this key is in none of the lines that were looked at before",
      key,
      `set types: {${JSON.stringify(key)}: text} or another type, or columns to those you need`,
    );
  }

  value(place: number, token: Token, bytes: Uint8Array, start: number, end: number): void {
    const builder = this.#builders[place] as ColumnBuilder;
    const row = this.#row;
    // Of a key that comes twice the last value counts.
    if (this.#seen[place] === row) builder.forget(row);
    this.#seen[place] = row;
    if (token === "null") {
      builder.clear(row);
      return;
    }
    try {
      if (token === "number" && builder.isText && !readFloat(bytes, start, end, trial, 0)) {
        const text = Buffer.from(bytes.subarray(start, end)).toString("utf8");
        throw new FieldFault(`"${cutText(text)}" is no JSON value`);
      }
      if (token === "text" && this.#isBytes(place)) {
        // Each character is one byte there, as in tables written as JSON.
        const text = Buffer.from(bytes.subarray(start, end)).toString("utf8");
        builder.parse(Buffer.from(text, "latin1"), 0, text.length, row);
      } else builder.parse(bytes, start, end, row);
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      const { name } = this.#columns[place] as JsonColumnType;
      const fix = `set types: {${JSON.stringify(name)}: ${error.fits}}`;
      throw new JsonFault(error.message, name, error.fits && fix);
    }
  }

  #isBytes(place: number): boolean {
    const type = this.#columns[place]?.type;
    return type !== undefined && type !== "timestamp" && isBytesDtype(type);
  }

  #readRow(bytes: Uint8Array, start: number, end: number): void {
    if (this.#row === this.#capacity) {
      this.#capacity *= 2;
      for (const builder of this.#builders) builder.grow(this.#capacity);
    }
    try {
      this.#lines.readLine(bytes, start, end);
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
      throw new LineFault(start, error);
    }
    const row = this.#row++;
    for (let place = 0; place < this.#seen.length; place++) {
      if (this.#seen[place] !== row) this.#builders[place]?.clear(row);
    }
  }
}

const trial = new Float64Array(1);

/** A fault with the place where its line begins in the bytes that were given. */
export class LineFault extends Error {
  readonly lineStart: number;
  readonly fault: JsonFault;

  constructor(lineStart: number, fault: JsonFault) {
    super(fault.message);
    this.lineStart = lineStart;
    this.fault = fault;
  }
}

/** Whether a line holds nothing but blanks. */
export function isBlankLine(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > BLANK) return false;
  return true;
}
