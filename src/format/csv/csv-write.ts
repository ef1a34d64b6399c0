/**
 * A table as CSV: numbers with the fewest digits that are read back as the same, text in quotes only
 * where it must be. It writes bytes row by row and never makes a string of a row.
 *
 * What CSV cannot say: one column of text in which a row without a value and an empty text both occur
 * (both are `""`, because a blank line is no row).
 */
import { RtlError } from "../../protocol/errors.ts";
import { bitAt, type TextColumn } from "../../table/column.ts";
import type { Table } from "../../table/table.ts";
import { NEWLINE, QUOTE, RETURN } from "../text/characters.ts";
import { type FieldWriter, numberField } from "../text/number-fields.ts";
import { TextSink } from "../text/number-text.ts";
import { DELIMITER_FIX, isDelimiter } from "./csv-dialect.ts";

export interface CsvWriting {
  /** One ASCII character; a comma by default. */
  readonly delimiter?: string;
  /** Whether the first line has the names; true by default. */
  readonly header?: boolean;
  /** What stands for a row without a value; nothing by default. */
  readonly nulls?: string;
  /** Floats with this many decimals instead of as many as are needed, 0 to 20. */
  readonly decimals?: number | undefined;
}

/** The table as parts of about a megabyte; RTL_PARAMS_INVALID when the delimiter cannot be one. */
export function formatCsv(table: Table, writing: CsvWriting = {}): Uint8Array[] {
  const { delimiter = ",", header = true, nulls = "", decimals } = writing;
  const separator = delimiter.charCodeAt(0);
  if (!isDelimiter(delimiter)) {
    throw new RtlError("RTL_PARAMS_INVALID", `${JSON.stringify(delimiter)} cannot be a delimiter`, {
      fix: DELIMITER_FIX,
    });
  }
  if (nulls.includes(delimiter) || /["\n\r]/.test(nulls)) {
    throw new RtlError("RTL_PARAMS_INVALID", `nulls cannot be ${JSON.stringify(nulls)}`, {
      fix: "give a word without delimiters, quotes and line ends, such as NA",
    });
  }
  const sink = new TextSink();
  const { columns, rows } = table;
  const last = columns.length - 1;
  if (last < 0) return [];
  // A line with nothing on it would not be a row.
  const missing = Buffer.from(nulls === "" && last === 0 ? '""' : nulls);
  const quoting = new Quoting(separator, nulls);
  if (header) {
    columns.forEach(({ name }, place) => {
      quoting.write(sink, Buffer.from(name), 0, Buffer.byteLength(name));
      sink.room(1);
      sink.byte(place === last ? NEWLINE : separator);
    });
  }
  const fields = columns.map((column) =>
    column.kind === "text"
      ? new TextField(column, quoting)
      : numberField(column, { words, decimals }),
  );
  const validities = columns.map(({ validity }) => validity);
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place <= last; place++) {
      const validity = validities[place];
      if (validity === undefined || bitAt(validity, row)) fields[place]?.write(sink, row);
      else sink.copy(missing);
      // Every field makes room for one byte more.
      sink.room(1);
      sink.byte(place === last ? NEWLINE : separator);
    }
  }
  return sink.finish();
}

/** As numpy writes them; every reader of CSV takes these. */
const words = { nan: "nan", positive: "inf", negative: "-inf" };

class TextField implements FieldWriter {
  readonly #column: TextColumn;
  readonly #quoting: Quoting;

  constructor(column: TextColumn, quoting: Quoting) {
    this.#column = column;
    this.#quoting = quoting;
  }

  write(sink: TextSink, row: number): void {
    const { offsets, bytes } = this.#column;
    this.#quoting.write(sink, bytes, offsets[row] as number, offsets[row + 1] as number);
  }
}

/** When text must stand in quotes, and how. */
class Quoting {
  readonly #delimiter: number;
  readonly #nulls: Uint8Array;

  constructor(delimiter: number, nulls: string) {
    this.#delimiter = delimiter;
    this.#nulls = Buffer.from(nulls);
  }

  /** bytes [start, end) as a field. */
  write(sink: TextSink, bytes: Uint8Array, start: number, end: number): void {
    sink.room(2 * (end - start) + 2);
    const out = sink.bytes;
    const first = sink.used;
    let used = first;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte <= QUOTE || byte === this.#delimiter) {
        if (byte === QUOTE || byte === this.#delimiter || byte === NEWLINE || byte === RETURN) {
          this.#writeQuoted(sink, bytes, start, end);
          return;
        }
      }
      out[used++] = byte;
    }
    if (this.#isNull(bytes, start, end)) this.#writeQuoted(sink, bytes, start, end);
    else sink.used = used;
  }

  #writeQuoted(sink: TextSink, bytes: Uint8Array, start: number, end: number): void {
    sink.byte(QUOTE);
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) sink.byte(QUOTE);
      sink.byte(byte);
    }
    sink.byte(QUOTE);
  }

  /** Empty text, and text that would be taken for a row without a value. */
  #isNull(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length === 0) return true;
    if (length !== this.#nulls.length) return false;
    return this.#nulls.every((byte, place) => bytes[start + place] === byte);
  }
}
