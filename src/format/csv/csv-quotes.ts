/**
 * Finds where records begin in a CSV file whose quotes hold line ends: only who has read all that comes
 * before a place knows whether it is inside quotes. The file is read once, and a place for every block
 * of it is kept, from which any part can be read by itself.
 */
import { RtlError } from "../../protocol/errors.ts";
import type { TaskFiles } from "../../task/context.ts";
import { lineAt, lineStart, takeBlocks } from "../file-blocks.ts";
import { NEWLINE } from "../text/characters.ts";
import type { CsvMarks } from "./csv-dialect.ts";
import { RecordReader } from "./csv-records.ts";

/** The first records of blocks of a file; plain data. */
export interface RecordStarts {
  /** Bytes of a block. */
  readonly block: number;
  /** For each block, how far behind its beginning the first record begins that does so in it or later. */
  readonly offsets: Uint32Array;
}

const BLOCK_BYTES_MIN = 1_048_576;
/** More of them would make what every node is told too large. */
const BLOCKS_MAX = 1024;

const OUTSIDE = 0;
const INSIDE = 1;
/** Behind a quote that ends the field, unless another one follows. */
const CLOSING = 2;
const COMMENT = 3;

/**
 * The starts of a file whose first record begins at `dataStart`; undefined when no quotes hold a line
 * end, so that every newline ends a record. RTL_FILE_INVALID when a quote is never closed.
 */
export function findRecordStarts(
  files: TaskFiles,
  path: string,
  marks: CsvMarks,
  dataStart: number,
  size: number,
): RecordStarts | undefined {
  let block = BLOCK_BYTES_MIN;
  while (size / block > BLOCKS_MAX) block *= 2;
  const offsets = new Uint32Array(Math.ceil(size / block));
  const scan = new QuoteScan(marks, block, offsets, dataStart);
  for (let at = dataStart; at < size; ) {
    const bytes = files.read(path, at, Math.min(size, at + BLOCK_BYTES_MIN));
    if (bytes.length === 0) break;
    scan.take(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), at);
    at += bytes.length;
  }
  if (scan.opened !== undefined) {
    const line = lineAt(files, path, scan.opened);
    throw new RtlError("RTL_FILE_INVALID", `file ${path}, line ${line}: a quote is never closed`, {
      fix: "close it, or set quote to null if quotes are part of the text",
    });
  }
  if (!scan.holdsLineEnds) return undefined;
  scan.finish(size);
  return { block, offsets };
}

class QuoteScan {
  readonly #marks: CsvMarks;
  readonly #block: number;
  readonly #offsets: Uint32Array;
  /** The block whose first record is looked for. */
  #wanted: number;
  #state = OUTSIDE;
  #fieldStarts = true;
  #lineStarts = true;
  #opened = 0;
  holdsLineEnds = false;

  constructor(marks: CsvMarks, block: number, offsets: Uint32Array, dataStart: number) {
    this.#marks = marks;
    this.#block = block;
    this.#offsets = offsets;
    this.#wanted = Math.floor(dataStart / block);
    this.#recordAt(dataStart);
  }

  /** Where quotes were opened that did not end. */
  get opened(): number | undefined {
    return this.#state === INSIDE ? this.#opened : undefined;
  }

  take(bytes: Buffer, position: number): void {
    const { quote, delimiter, comment } = this.#marks;
    const { length } = bytes;
    if (this.#state === OUTSIDE && bytes.indexOf(quote) < 0) {
      this.#passOver(bytes, position);
      return;
    }
    let state = this.#state;
    let fieldStarts = this.#fieldStarts;
    let lineStarts = this.#lineStarts;
    for (let at = 0; at < length; at++) {
      const byte = bytes[at] as number;
      if (state === INSIDE) {
        if (byte === quote) state = CLOSING;
        else if (byte === NEWLINE) this.holdsLineEnds = true;
        continue;
      }
      if (state === CLOSING) {
        if (byte === quote) {
          state = INSIDE;
          continue;
        }
        state = OUTSIDE;
      }
      if (byte === NEWLINE) {
        state = OUTSIDE;
        fieldStarts = true;
        lineStarts = true;
        this.#recordAt(position + at + 1);
        continue;
      }
      if (state === OUTSIDE) {
        if (byte === quote && fieldStarts) {
          state = INSIDE;
          this.#opened = position + at;
        } else if (byte === comment && lineStarts) state = COMMENT;
        fieldStarts = byte === delimiter;
      }
      lineStarts = false;
    }
    this.#state = state;
    this.#fieldStarts = fieldStarts;
    this.#lineStarts = lineStarts;
  }

  /** A part without quotes that begins outside of them. */
  #passOver(bytes: Buffer, position: number): void {
    const { length } = bytes;
    for (;;) {
      // A record that begins where a block does is announced by the byte before.
      const from = Math.max(0, this.#wanted * this.#block - 1 - position);
      if (from >= length) break;
      const newline = bytes.indexOf(NEWLINE, from);
      if (newline < 0) break;
      this.#recordAt(position + newline + 1);
    }
    const last = bytes.lastIndexOf(NEWLINE);
    const tail = last + 1 < length;
    if (last >= 0 || this.#lineStarts) {
      const { comment } = this.#marks;
      this.#state = tail && bytes[last + 1] === comment ? COMMENT : OUTSIDE;
    }
    this.#fieldStarts = tail ? bytes[length - 1] === this.#marks.delimiter : true;
    this.#lineStarts = !tail;
  }

  #recordAt(place: number): void {
    while (this.#wanted < this.#offsets.length && place >= this.#wanted * this.#block) {
      this.#offsets[this.#wanted] = place - this.#wanted * this.#block;
      this.#wanted++;
    }
  }

  finish(size: number): void {
    this.#recordAt(size);
    while (this.#wanted < this.#offsets.length) this.#recordAt(this.#offsets.length * this.#block);
  }
}

/** Where the first record begins at `from` or later; `size` when none does. */
export function recordStart(
  files: TaskFiles,
  path: string,
  from: number,
  size: number,
  marks: CsvMarks,
  starts: RecordStarts | undefined,
): number {
  if (starts === undefined) return lineStart(files, path, from, size);
  const block = Math.floor(from / starts.block);
  const offset = starts.offsets[block];
  if (offset === undefined) return size;
  const known = block * starts.block + offset;
  if (known >= from) return Math.min(known, size);
  // Records are passed over from a known one on, which cost at most a block.
  let found = size;
  takeBlocks(files, path, { start: known, end: from, size }, (bytes, length, _until, final, at) => {
    const reader = new RecordReader(bytes, marks, 0, length);
    let done = 0;
    while (at + done < from && reader.next() && (reader.ended || final)) {
      // Behind comments and blank lines a record may begin late enough after all.
      done = at + reader.start < from ? reader.at : reader.start;
    }
    found = at + done;
    return done;
  });
  return found;
}
