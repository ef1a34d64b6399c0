/**
 * A table as JSON lines: one object on each line, with every column's name as a key. Rows without a
 * value are null. Integers are written with all their digits; NaN and the infinities, which JSON does
 * not have, as the texts "NaN", "Infinity" and "-Infinity", which are read back as numbers.
 */
import { bitAt, isBytesDtype, type TextColumn } from "../../table/column.ts";
import type { Table } from "../../table/table.ts";
import { BACKSLASH, BLANK, QUOTE } from "./characters.ts";
import { type FieldWriter, numberField } from "./number-fields.ts";
import { TextSink } from "./number-text.ts";

const hex = Buffer.from("0123456789abcdef");

/** The table as parts of about a megabyte. */
export function formatJsonLines(table: Table): Uint8Array[] {
  const sink = new TextSink();
  const { columns, rows } = table;
  const keys = columns.map(({ name }, place) =>
    Buffer.from(`${place === 0 ? "{" : ","}${JSON.stringify(name)}:`),
  );
  const fields = columns.map((column) =>
    column.kind === "text" ? new TextField(column) : numberField(column, { words }),
  );
  const validities = columns.map(({ validity }) => validity);
  const missing = Buffer.from("null");
  const end = Buffer.from(columns.length === 0 ? "{}\n" : "}\n");
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < fields.length; place++) {
      sink.copy(keys[place] as Uint8Array);
      const validity = validities[place];
      if (validity === undefined || bitAt(validity, row)) fields[place]?.write(sink, row);
      else sink.copy(missing);
    }
    sink.copy(end);
  }
  return sink.finish();
}

const words = { nan: '"NaN"', positive: '"Infinity"', negative: '"-Infinity"' };

class TextField implements FieldWriter {
  readonly #column: TextColumn;
  /** Byte strings have one character for each byte, which above 127 are two bytes of UTF-8. */
  readonly #latin: boolean;

  constructor(column: TextColumn) {
    this.#column = column;
    this.#latin = isBytesDtype(column.dtype);
  }

  write(sink: TextSink, row: number): void {
    const { offsets, bytes } = this.#column;
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    sink.room(6 * (end - start) + 2);
    const out = sink.bytes;
    let used = sink.used;
    out[used++] = QUOTE;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 128 && this.#latin) {
        out[used++] = 0xc0 | (byte >> 6);
        out[used++] = 0x80 | (byte & 0x3f);
      } else if (byte === QUOTE || byte === BACKSLASH) {
        out[used++] = BACKSLASH;
        out[used++] = byte;
      } else if (byte < BLANK) {
        used = putEscape(out, used, byte);
      } else out[used++] = byte;
    }
    out[used++] = QUOTE;
    sink.used = used;
  }
}

/** A control character, as \n or \u001f. */
function putEscape(out: Uint8Array, at: number, byte: number): number {
  const text = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  if (text.length === 2) {
    out[at] = BACKSLASH;
    out[at + 1] = text.charCodeAt(1);
    return at + 2;
  }
  out.set([BACKSLASH, 117, 48, 48, hex[byte >> 4] as number, hex[byte & 15] as number], at);
  return at + 6;
}
