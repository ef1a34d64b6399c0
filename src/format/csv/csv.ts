/**
 * Comma-separated bytes to columns of known types, block by block: every block is read as far as its
 * records are whole. It knows no files; whoever calls it does, and says in which line a fault is.
 */
import { isBytesDtype } from "../../table/column.ts";
import { makeTable, type Table } from "../../table/table.ts";
import type { FieldLayout } from "../records.ts";
import { NEWLINE, RETURN } from "../text/characters.ts";
import { type ColumnBuilder, FieldFault } from "../text/column-builder.ts";
import { builderFor } from "../text/column-type.ts";
import { powersOfTen } from "../text/number-bytes.ts";
import { type CsvField, type CsvParsing, plainParsing } from "./csv-dialect.ts";
import { faultOf } from "./csv-faults.ts";
import { type CsvKernel, csvKernel, type UnusualFields } from "./csv-kernel.ts";
import { RecordReader } from "./csv-records.ts";

const ROWS_PER_CALL = 1024;

/** Reads records into columns. Throws a CsvFault at the first one that does not fit. */
export class CsvParser implements UnusualFields {
  readonly #fields: readonly CsvField[];
  readonly #parsing: CsvParsing;
  readonly #builders: (ColumnBuilder | undefined)[];
  readonly #nulls: readonly Uint8Array[];
  readonly #run: CsvKernel;
  #capacity: number;
  #bytes: Uint8Array = new Uint8Array(1);
  #length = 0;
  #final = false;
  #scratch = new Uint8Array(256);
  readonly #place = { at: 0, row: 0, record: 0 };

  /** `rows` is how many are expected; more are possible. */
  constructor(fields: readonly CsvField[], parsing: CsvParsing, rows: number) {
    this.#fields = fields;
    this.#parsing = parsing;
    this.#capacity = Math.max(16, rows);
    this.#builders = fields.map(({ type }) =>
      type === undefined ? undefined : builderFor(type, this.#capacity),
    );
    this.#nulls = parsing.nulls.map((text) => Buffer.from(text));
    const { delimiter, quote, comment, skipsBlank } = parsing;
    this.#run = csvKernel({
      ...{ delimiter, quote, comment, skipsBlank },
      types: fields.map(({ type }) => type),
      nullBytesMax: this.#nulls.reduce((max, { length }) => Math.max(max, length), -1),
      nullNumbers: parsing.nulls.some((text) => /^ *-?\d+\.?\d*$/.test(text)),
    });
  }

  /**
   * Reads the records of bytes [0, length) that begin before `until`, and returns where the first one
   * begins that was not read: it begins later, or it is not whole and there is more to come. The byte
   * at `length` must be a newline, which does not count.
   */
  feed(bytes: Uint8Array, length: number, until: number, final: boolean): number {
    this.#bytes = bytes;
    this.#length = length;
    this.#final = final;
    const place = this.#place;
    place.at = 0;
    // A record without quotes is whole if it begins before the last newline.
    const whole = final ? length : bytes.lastIndexOf(NEWLINE, length - 1) + 1;
    const end = Math.min(until, whole);
    while (place.at < end) {
      if (place.row === this.#capacity) this.#grow();
      // Short calls, because one long call would run code that was compiled in the middle of it.
      const rows = Math.min(this.#capacity, place.row + ROWS_PER_CALL);
      this.#run(bytes, end, rows, this.#builders, powersOfTen, this, place);
      // The newline behind the bytes is not the file's: what it ended goes on.
      const cut = place.at > length && !final;
      if (cut) {
        place.at = place.record;
        place.row--;
      }
      if (cut || (place.row < rows && place.at < end)) {
        for (const builder of this.#builders) builder?.forget(place.row);
        break;
      }
    }
    return Math.min(place.at, length);
  }

  /** The table of all that was read, without the columns that were passed over. */
  finish(): Table {
    const { row } = this.#place;
    const columns = this.#fields.flatMap(({ name }, field) => {
      const builder = this.#builders[field];
      return builder === undefined ? [] : [builder.finish(name, row)];
    });
    return makeTable(columns, row);
  }

  #grow(): void {
    this.#capacity *= 2;
    for (const builder of this.#builders) builder?.grow(this.#capacity);
  }

  isNull(start: number, end: number): boolean {
    return isOneOf(this.#nulls, this.#bytes, start, end);
  }

  unusual(field: number, row: number, at: number): number {
    try {
      const quoted = this.#parsing.quote >= 0 && this.#bytes[at] === this.#parsing.quote;
      return quoted ? this.#quotedField(field, row, at) : this.#plainField(field, row, at);
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      const { record } = this.#place;
      if (!this.#final && this.#runsOff(record)) return -1;
      throw faultOf(this.#bytes, this.#length, record, field, this.#fields, this.#parsing, error);
    }
  }

  #plainField(field: number, row: number, at: number): number {
    const bytes = this.#bytes;
    const { delimiter } = this.#parsing;
    let end = at;
    while (bytes[end] !== delimiter && bytes[end] !== NEWLINE) end++;
    const stop = bytes[end] === NEWLINE && end > at && bytes[end - 1] === RETURN ? end - 1 : end;
    const builder = this.#builders[field];
    if (builder !== undefined) {
      if (this.#nulls.length > 0 && this.isNull(at, stop)) builder.clear(row);
      else builder.parse(bytes, at, this.#keepsNewline(field, end) ? end + 1 : stop, row);
    }
    return this.#endField(field, end);
  }

  /** Byte strings at the end of a line of an array file have always held its newline. */
  #keepsNewline(field: number, end: number): boolean {
    const { type } = this.#fields[field] ?? {};
    if (this.#parsing.skipsBlank || field < this.#fields.length - 1 || end >= this.#length) {
      return false;
    }
    return type !== undefined && type !== "timestamp" && isBytesDtype(type);
  }

  #quotedField(field: number, row: number, at: number): number {
    const bytes = this.#bytes;
    const { quote } = this.#parsing;
    const length = this.#length;
    let end = at + 1;
    let doubled = 0;
    for (; ; end++) {
      if (end >= length) return this.#unclosed();
      if (bytes[end] !== quote) continue;
      if (bytes[end + 1] !== quote) break;
      doubled++;
      end++;
    }
    // Whether the last quote is one of two is seen with the next byte only.
    if (end + 1 === length && !this.#final) return -1;
    const builder = this.#builders[field];
    if (builder !== undefined) {
      if (doubled === 0) this.#quotedValue(builder, bytes, at + 1, end, row);
      else
        this.#quotedValue(
          builder,
          this.#withoutDoubles(at + 1, end),
          0,
          end - at - 1 - doubled,
          row,
        );
    }
    const next = end + 1;
    const returns = bytes[next] === RETURN && bytes[next + 1] === NEWLINE;
    return this.#endField(
      field,
      returns ? next + 1 : next,
      "there is text after the closing quote",
    );
  }

  #quotedValue(builder: ColumnBuilder, bytes: Uint8Array, start: number, end: number, row: number) {
    if (!builder.isText && isOneOf(this.#nulls, bytes, start, end)) builder.clear(row);
    else builder.parse(bytes, start, end, row);
  }

  /** Bytes [start, end) with every two quotes made one. */
  #withoutDoubles(start: number, end: number): Uint8Array {
    const { quote } = this.#parsing;
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array(2 * (end - start));
    const scratch = this.#scratch;
    let to = 0;
    for (let from = start; from < end; from++) {
      const byte = this.#bytes[from] as number;
      scratch[to++] = byte;
      if (byte === quote) from++;
    }
    return scratch;
  }

  #unclosed(): number {
    if (!this.#final) return -1;
    throw new FieldFault("a quote is never closed");
  }

  /** Steps over the delimiter, or over the line end after the last field. */
  #endField(field: number, end: number, otherwise = ""): number {
    const closing = field === this.#fields.length - 1 ? NEWLINE : this.#parsing.delimiter;
    if (this.#bytes[end] === closing) return end + 1;
    const byte = this.#bytes[end];
    const ragged = byte === NEWLINE || byte === this.#parsing.delimiter;
    throw new FieldFault(ragged ? "" : otherwise);
  }

  /** Whether the bytes end before the record does. */
  #runsOff(record: number): boolean {
    const reader = new RecordReader(this.#bytes, this.#parsing, record, this.#length);
    return !reader.next() || !reader.ended;
  }
}

function isOneOf(
  words: readonly Uint8Array[],
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (const word of words) {
    if (word.length !== end - start) continue;
    let same = 0;
    while (same < word.length && word[same] === bytes[start + same]) same++;
    if (same === word.length) return true;
  }
  return false;
}

/**
 * The table of whole lines without a header, quotes or rows without a value; throws a CsvFault at the
 * first line that does not fit the fields.
 */
export function parseCsv(
  bytes: Uint8Array,
  fields: readonly FieldLayout[],
  delimiter: number,
): Table {
  const typed = fields.map(({ name, dtype }) => ({ name, type: dtype }));
  const parser = new CsvParser(typed, plainParsing(delimiter), guessRows(bytes, bytes.length));
  const closed = new Uint8Array(bytes.length + 1);
  closed.set(bytes);
  closed[bytes.length] = NEWLINE;
  parser.feed(closed, bytes.length, bytes.length, true);
  return parser.finish();
}

/** Rows in `total` bytes by the lines of the first ones, a little too many rather than too few. */
export function guessRows(first: Uint8Array, total: number): number {
  const sample = first.subarray(0, 65_536);
  let lines = 0;
  for (let i = 0; i < sample.length; i++) if (sample[i] === NEWLINE) lines++;
  if (lines === 0) return 16;
  return Math.ceil((total / sample.length) * lines * 1.05) + 16;
}
