/**
 * Text of DuckDB's vectors as bytes, without a string or an object per row. A text is 16 bytes in its
 * vector: its length, and itself or, where it is longer than 12 bytes, the place in memory where it is.
 */
import {
  checkedOffset,
  type TextColumn,
  type TextDtype,
  textColumnOfBytes,
} from "../../table/column.ts";
import type { DuckDb } from "./duckdb.ts";

const TEXT_BYTES = 16;
/** Of a text that stands in its vector. */
const INLINE_MAX = 12;
/**
 * Texts that begin so close together are read with what is between them. That is memory of the process
 * too: no page lies between two that are less than the smallest page apart.
 */
const GAP_MAX = 4_096;
/** Shorter texts are copied by a loop, which costs less than a call. */
const CALL_BYTES_MIN = 64;
/** Bytes of text, per row, that memory is taken for at first. */
const ROW_BYTES_GUESS = 8;

type Vector = ReturnType<DuckDb["vectors"]["data_chunk_get_vector"]>;

/** A piece of DuckDB's memory. */
interface Span {
  readonly start: number;
  end: number;
  /** A row whose text begins where the span does. */
  row: number;
  bytes: Uint8Array;
}

/** Collects the text of one column, vector by vector. */
export class TextVectors {
  readonly #duckDb: DuckDb;
  readonly #name: string;
  #offsets: Int32Array;
  #bytes: Uint8Array;
  #rows = 0;

  constructor(duckDb: DuckDb, name: string, rows: number) {
    this.#duckDb = duckDb;
    this.#name = name;
    this.#offsets = new Int32Array(rows + 1);
    this.#bytes = new Uint8Array(rows * ROW_BYTES_GUESS);
  }

  /** Adds the texts of a vector; rows whose bit is 0 have none, whatever is in the vector. */
  add(vector: Vector, bits: Uint8Array | undefined, count: number): void {
    const data = this.#duckDb.vectors.vector_get_data(vector, count * TEXT_BYTES);
    const words = new Uint32Array(data.buffer, data.byteOffset, 4 * count);
    this.#offsets = withRoom(this.#offsets, this.#rows + count + 1, Int32Array);
    const offsets = this.#offsets.subarray(this.#rows);
    const first = offsets[0] ?? 0;
    let total = first;
    let longTexts = 0;
    for (let i = 0; i < count; i++) {
      const isPresent = bits === undefined || (((bits[i >> 3] as number) >> (i & 7)) & 1) === 1;
      const length = isPresent ? (words[4 * i] as number) : 0;
      total += length;
      if (length > INLINE_MAX) longTexts++;
      offsets[i + 1] = checkedOffset(this.#name, total);
    }
    this.#bytes = withRoom(this.#bytes, total + INLINE_MAX, Uint8Array);
    copyInline(words, offsets, count, this.#bytes);
    if (longTexts > 0) this.#copyLong(data, words, offsets, count, longTexts);
    this.#rows += count;
  }

  finish(dtype: TextDtype, validity: Uint8Array | undefined): TextColumn {
    const offsets = this.#offsets.subarray(0, this.#rows + 1);
    const bytes = this.#bytes.subarray(0, offsets[this.#rows]);
    return textColumnOfBytes(this.#name, offsets, bytes, { dtype, validity });
  }

  #copyLong(
    data: Uint8Array,
    words: Uint32Array,
    offsets: Int32Array,
    count: number,
    longTexts: number,
  ): void {
    const spans = spansOf(words, offsets, count, longTexts);
    for (const span of spans) {
      const place = data.byteOffset + TEXT_BYTES * span.row + 8;
      const size = span.end - span.start;
      span.bytes = this.#duckDb.vectors.get_data_from_pointer(
        data.buffer as ArrayBuffer,
        place,
        size,
      );
    }
    const target = this.#bytes;
    for (let i = 0; i < count; i++) {
      const at = offsets[i] as number;
      const length = (offsets[i + 1] as number) - at;
      if (length <= INLINE_MAX) continue;
      const place = placeOf(words, i);
      const { bytes, start } = spanOf(spans, place);
      const from = place - start;
      if (length < CALL_BYTES_MIN) {
        for (let b = 0; b < length; b++) target[at + b] = bytes[from + b] as number;
      } else target.set(bytes.subarray(from, from + length), at);
    }
  }
}

/**
 * Copies short texts by words of 4 bytes, a few bytes more than there are: the next text, or a long one,
 * takes their place.
 */
function copyInline(words: Uint32Array, offsets: Int32Array, count: number, to: Uint8Array): void {
  const view = new DataView(to.buffer, to.byteOffset, to.byteLength);
  for (let i = 0; i < count; i++) {
    const at = offsets[i] as number;
    const length = (offsets[i + 1] as number) - at;
    if (length === 0 || length > INLINE_MAX) continue;
    view.setUint32(at, words[4 * i + 1] as number, true);
    if (length <= 4) continue;
    view.setUint32(at + 4, words[4 * i + 2] as number, true);
    if (length > 8) view.setUint32(at + 8, words[4 * i + 3] as number, true);
  }
}

/** A place in memory; below 2^53 on every system that there is. */
const placeOf = (words: Uint32Array, row: number): number =>
  (words[4 * row + 2] as number) + 2 ** 32 * (words[4 * row + 3] as number);

/** The fewest pieces of memory that have all long texts, in order of their places. */
function spansOf(
  words: Uint32Array,
  offsets: Int32Array,
  count: number,
  longTexts: number,
): Span[] {
  const isLong = (row: number) =>
    (offsets[row + 1] as number) - (offsets[row] as number) > INLINE_MAX;
  const places = new Float64Array(longTexts);
  for (let row = 0, i = 0; row < count; row++) if (isLong(row)) places[i++] = placeOf(words, row);
  places.sort();
  const spans: Span[] = [];
  let last = -Infinity;
  for (const start of places) {
    if (start - last > GAP_MAX) spans.push({ start, end: start, row: -1, bytes: noBytes });
    last = start;
  }
  for (let row = 0; row < count; row++) {
    if (!isLong(row)) continue;
    const place = placeOf(words, row);
    const span = spanOf(spans, place);
    const end = place + (offsets[row + 1] as number) - (offsets[row] as number);
    if (end > span.end) span.end = end;
    if (place === span.start) span.row = row;
  }
  return spans;
}

const noBytes = new Uint8Array(0);

/** The last span that begins at a place or before it; there is one for every place of a text. */
function spanOf(spans: readonly Span[], place: number): Span {
  let [low, high] = [0, spans.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((spans[middle] as Span).start <= place) low = middle;
    else high = middle - 1;
  }
  return spans[low] as Span;
}

function withRoom<A extends Int32Array | Uint8Array>(
  array: A,
  length: number,
  make: new (length: number) => A,
): A {
  if (length <= array.length) return array;
  const larger = new make(Math.max(length, 2 * array.length));
  larger.set(array);
  return larger;
}
