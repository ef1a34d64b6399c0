/** A column of text, made value by value out of the bytes of a text file, without JavaScript strings. */
import { isUtf8 } from "node:buffer";
import {
  type Column,
  checkedOffset,
  isBytesDtype,
  type TextDtype,
  textColumnOfBytes,
  widthOf,
} from "../../table/column.ts";
import { ColumnBuilder, grown } from "./column-builder.ts";

/** Text that is no UTF-8, somewhere in a column. */
export class EncodingFault extends Error {}

/** Text as it stands, cut to the dtype's width. */
export class TextBuilder extends ColumnBuilder {
  override readonly isText = true;
  readonly dtype: TextDtype;
  readonly #width: number;
  offsets: Int32Array;
  bytes = new Uint8Array(1024);
  used = 0;

  constructor(rows: number, dtype: TextDtype) {
    super(rows);
    this.dtype = dtype;
    this.#width = widthOf(dtype);
    this.offsets = new Int32Array(rows + 1);
  }

  /** Makes room for `more` bytes of text; `bytes` may be others afterwards. */
  #reserve(more: number): void {
    const needed = checkedOffset("?", this.used + more);
    if (needed <= this.bytes.length) return;
    const size = Math.max(needed, Math.min(0x7fffffff, this.bytes.length * 2));
    this.bytes = grown(this.bytes, new Uint8Array(size));
  }

  parse(bytes: Uint8Array, start: number, end: number, row: number): void {
    const stop =
      end - start <= this.#width
        ? end
        : isBytesDtype(this.dtype)
          ? start + this.#width
          : cutCodePoints(bytes, start, end, this.#width);
    this.#reserve(stop - start);
    const to = this.bytes;
    let used = this.used;
    for (let from = start; from < stop; from++) to[used++] = bytes[from] as number;
    this.used = used;
    this.offsets[row + 1] = used;
  }

  override clear(row: number): void {
    this.offsets[row + 1] = this.used;
    super.clear(row);
  }

  override forget(row: number): void {
    this.used = this.offsets[row] as number;
    super.forget(row);
  }

  protected enlarge(capacity: number): void {
    this.offsets = grown(this.offsets, new Int32Array(capacity + 1));
  }

  protected column(name: string, rows: number, validity: Uint8Array | undefined): Column {
    const bytes = this.bytes.subarray(0, this.used);
    const offsets = this.offsets.subarray(0, rows + 1);
    if (!isBytesDtype(this.dtype) && !isWholeUtf8(bytes, offsets)) throw new EncodingFault(name);
    return textColumnOfBytes(name, offsets, bytes, { dtype: this.dtype, validity });
  }
}

/** Whether every value by itself is UTF-8: all together, and none begins inside a character. */
function isWholeUtf8(bytes: Uint8Array, offsets: Int32Array): boolean {
  if (!isUtf8(bytes)) return false;
  for (let i = 0; i < offsets.length - 1; i++) {
    const first = bytes[offsets[i] as number];
    if (first !== undefined && (first & 0xc0) === 0x80) return false;
  }
  return true;
}

/** Where the first `width` code points of UTF-8 text end. */
function cutCodePoints(bytes: Uint8Array, start: number, end: number, width: number): number {
  let points = 0;
  for (let at = start; at < end; at++) {
    const continues = ((bytes[at] as number) & 0xc0) === 0x80;
    if (!continues && ++points > width) return at;
  }
  return end;
}
