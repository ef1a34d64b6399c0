/**
 * The records of CSV bytes with the places of their fields, one record after the other: for looking at
 * a file, and for saying what is wrong with a line. It keeps nothing and judges nothing.
 */
import { NEWLINE, RETURN } from "../text/characters.ts";
import type { CsvMarks } from "./csv-dialect.ts";

export class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  readonly #marks: CsvMarks;
  /** Where the next record is looked for. */
  at: number;
  /** Where the last record begins. */
  start = 0;
  /** Where its fields begin and end, without the quotes around them. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly quoted: boolean[] = [];
  /** Whether its last field is in quotes that do not end. */
  unclosed = false;
  /** Whether it ends with a line end, and not only with the bytes. */
  ended = false;

  constructor(bytes: Uint8Array, marks: CsvMarks, at = 0, length = bytes.length) {
    this.#bytes = bytes;
    this.#length = length;
    this.#marks = marks;
    this.at = at;
  }

  /** Reads the next record that is neither blank nor a comment; false when there is none. */
  next(): boolean {
    if (!this.#skipLines()) return false;
    const bytes = this.#bytes;
    this.start = this.at;
    this.starts.length = 0;
    this.ends.length = 0;
    this.quoted.length = 0;
    for (;;) {
      this.#readField();
      const byte = this.at < this.#length ? bytes[this.at] : undefined;
      this.ended = byte === NEWLINE;
      if (byte !== undefined) this.at++;
      if (byte !== this.#marks.delimiter) return true;
    }
  }

  /** The text of a field, with double quotes made one. */
  text(field: number): string {
    const start = this.starts[field] ?? 0;
    const bytes = this.#bytes.subarray(start, this.ends[field] ?? start);
    const text = Buffer.from(bytes).toString("utf8");
    if (this.quoted[field] !== true) return text;
    const quote = String.fromCharCode(this.#marks.quote);
    return text.replaceAll(quote + quote, quote);
  }

  /** All texts of the record. */
  texts(): string[] {
    return this.starts.map((_, field) => this.text(field));
  }

  #skipLines(): boolean {
    const bytes = this.#bytes;
    while (this.at < this.#length) {
      const byte = bytes[this.at];
      const blank =
        byte === NEWLINE || (byte === RETURN && (bytes[this.at + 1] ?? NEWLINE) === NEWLINE);
      if (!blank && byte !== this.#marks.comment) return true;
      const end = bytes.indexOf(NEWLINE, this.at);
      this.at = end < 0 || end >= this.#length ? this.#length : end + 1;
    }
    return false;
  }

  /** Leaves `at` at the byte that ends the field. */
  #readField(): void {
    const bytes = this.#bytes;
    const { delimiter, quote } = this.#marks;
    const length = this.#length;
    const first = this.at;
    let at = first;
    const quoted = quote >= 0 && at < length && bytes[at] === quote;
    this.quoted.push(quoted);
    this.unclosed = false;
    if (quoted) {
      at++;
      this.starts.push(at);
      while (at < length && (bytes[at] !== quote || bytes[at + 1] === quote)) {
        at += bytes[at] === quote ? 2 : 1;
      }
      this.unclosed = at >= length;
      this.ends.push(Math.min(at, length));
    } else this.starts.push(at);
    // Behind closing quotes nothing should stand; what does is passed over.
    while (at < length && bytes[at] !== delimiter && bytes[at] !== NEWLINE) at++;
    this.at = Math.min(at, length);
    if (quoted) return;
    const lineEnds = at >= length || bytes[at] === NEWLINE;
    this.ends.push(lineEnds && at > first && bytes[at - 1] === RETURN ? at - 1 : at);
  }
}
