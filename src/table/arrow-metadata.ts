/**
 * The metadata of Arrow IPC bytes: messages and the flatbuffers in them, every place checked when it is
 * read. Bytes from outside are never trusted here, and nothing of a table's body is looked at.
 */

/** Nesting and number of fields beyond which metadata is hostile rather than rich. */
const DEPTH_MAX = 64;
const FIELDS_MAX = 100_000;
/** Names may be shared by fields, but not so that little metadata becomes much text. */
const TEXT_FACTOR = 64;
const TEXT_BYTES_FREE = 65_536;
/** A row of a column takes at least a bit, but for columns of nothing at all: these may have so many. */
const ROWS_FREE = 1_000_000;
/** A byte of a compressed batch stands for no more bytes than this. */
const EXPANSION_MAX = 65_536;

/** What a message holds, as Arrow numbers it. */
export const Header = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const;

/** One message of a stream or file: its flatbuffer, and where its body lies. */
export interface Message {
  readonly metadata: Metadata;
  /** The place of the message's own table, and of its header's, where it has one. */
  readonly root: number;
  readonly header: number | undefined;
  /** One of Header's numbers, unless the message is damaged. */
  readonly kind: number;
  readonly body: number;
  readonly bodyBytes: number;
}

/**
 * The message that begins here; undefined at the end of the stream. Throws when it is cut short. Where
 * the view has only the beginning of what there is, `bytes` says how much that is, counted from the
 * view's own start: a body may lie beyond the view.
 */
export function openMessage(
  view: DataView,
  start: number,
  bytes = view.byteLength,
): Message | undefined {
  let at = start;
  let size = int32(view, at);
  at += 4;
  if (size === -1) {
    size = int32(view, at);
    at += 4;
  }
  if (size === 0) return undefined;
  if (size < 0 || size > view.byteLength - at) throw new Error("a message is cut short");
  const metadata = new Metadata(view, at, size);
  const root = metadata.root();
  const bodyBytes = metadata.int64(root, 3);
  const body = at + size;
  if (bodyBytes < 0 || bodyBytes > bytes - body) throw new Error("a body is cut short");
  const [header, kind] = [metadata.child(root, 2), metadata.byte(root, 1)];
  return { metadata, root, header, kind, body, bodyBytes };
}

function int32(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) throw new Error("a message is cut short");
  return view.getInt32(at, true);
}

/** One flatbuffer. Places are positions in the whole view, every one of them checked when read. */
export class Metadata {
  readonly #view: DataView;
  readonly #start: number;
  readonly #end: number;
  #fields = 0;
  #textBytes: number;

  constructor(view: DataView, start: number, size: number) {
    this.#view = view;
    this.#start = start;
    this.#end = start + size;
    this.#textBytes = size * TEXT_FACTOR + TEXT_BYTES_FREE;
  }

  root(): number {
    return this.#table(this.#start + this.#uint32(this.#start));
  }

  /** The table that a field refers to. */
  child(table: number, field: number): number | undefined {
    const at = this.#field(table, field);
    return at === undefined ? undefined : this.#table(at + this.#uint32(at));
  }

  byte(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === undefined ? 0 : this.#view.getUint8(this.#inside(at, 1));
  }

  int16(table: number, field: number, absent = 0): number {
    const at = this.#field(table, field);
    return at === undefined ? absent : this.#view.getInt16(this.#inside(at, 2), true);
  }

  int32(table: number, field: number, absent = 0): number {
    const at = this.#field(table, field);
    return at === undefined ? absent : this.#view.getInt32(this.#inside(at, 4), true);
  }

  int64(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === undefined ? 0 : this.int64At(at);
  }

  /** Exact below 2^53; every larger number is beyond what any bytes can hold. */
  int64At(at: number): number {
    const low = this.#view.getUint32(this.#inside(at, 8), true);
    return low + 2 ** 32 * this.#view.getInt32(at + 4, true);
  }

  int32At(at: number): number {
    return this.#view.getInt32(this.#inside(at, 4), true);
  }

  /** A field's text; undefined where the field is absent. */
  text(table: number, field: number): string | undefined {
    if (this.#field(table, field) === undefined) return undefined;
    const { start, count } = this.#text(table, field);
    const { buffer, byteOffset } = this.#view;
    return Buffer.from(buffer, byteOffset + start, count).toString();
  }

  /** The places of a vector's elements. */
  vector(table: number, field: number, elementBytes: number): number[] {
    const { start, count } = this.#vectorLength(table, field, elementBytes);
    return Array.from({ length: count }, (_, index) => start + index * elementBytes);
  }

  #vectorLength(table: number, field: number, elementBytes: number) {
    const at = this.#field(table, field);
    if (at === undefined) return { start: 0, count: 0 };
    const start = at + this.#uint32(at);
    const count = this.#uint32(start);
    return { start: this.#inside(start + 4, count * elementBytes), count };
  }

  schema(table: number): void {
    this.#fieldsOf(table, 1, 0);
    this.keyValues(table, 2);
    this.vector(table, 3, 8);
  }

  recordBatch(table: number, bodyBytes: number): void {
    if (this.int64(table, 0) < 0) throw new Error("a batch has a negative length");
    const isCompressed = this.child(table, 3) !== undefined;
    for (const node of this.vector(table, 1, 16)) {
      const [rows, nulls] = [this.int64At(node), this.int64At(node + 8)];
      this.checkRows(rows, isCompressed ? bodyBytes * EXPANSION_MAX : bodyBytes);
      if (rows < 0 || nulls < 0 || nulls > rows) throw new Error("a column's length is damaged");
    }
    for (const buffer of this.vector(table, 2, 16)) {
      const [offset, size] = [this.int64At(buffer), this.int64At(buffer + 8)];
      if (offset < 0 || size < 0 || offset + size > bodyBytes) {
        throw new Error("a column is outside of its message");
      }
    }
    this.vector(table, 4, 8);
  }

  /** The library would fill up the other columns to as many rows, and take the memory for it. */
  checkRows(rows: number, bodyBytes: number): void {
    if (rows > ROWS_FREE + 8 * bodyBytes) {
      throw new Error("a column has more rows than there are bytes for");
    }
  }

  keyValues(table: number, field: number): void {
    for (const entry of this.tables(table, field)) {
      this.#text(entry, 0);
      this.#text(entry, 1);
    }
  }

  #fieldsOf(table: number, field: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Error("the schema is nested too deeply");
    for (const entry of this.tables(table, field)) {
      this.#text(entry, 0);
      const type = this.child(entry, 3);
      // Of all types, only a union (14) has more than plain numbers: the list of its ids.
      if (type !== undefined && this.byte(entry, 2) === 14) this.vector(type, 1, 4);
      // A time zone is the one text in a type: that of a timestamp (10).
      if (type !== undefined && this.byte(entry, 2) === 10) this.#text(type, 1);
      const dictionary = this.child(entry, 4);
      if (dictionary !== undefined) this.child(dictionary, 1);
      this.#fieldsOf(entry, 5, depth + 1);
      this.keyValues(entry, 6);
    }
  }

  /** The tables that a list refers to. */
  tables(table: number, field: number): number[] {
    const places = this.vector(table, field, 4);
    this.#fields += places.length;
    if (this.#fields > FIELDS_MAX) throw new Error("the schema has too many fields");
    return places.map((at) => this.#table(at + this.#uint32(at)));
  }

  #text(table: number, field: number) {
    const place = this.#vectorLength(table, field, 1);
    this.#textBytes -= place.count;
    if (this.#textBytes < 0) throw new Error("the schema has too much text");
    return place;
  }

  /** Checks that a table and its list of fields are inside, and returns its place. */
  #table(at: number): number {
    const list = at - this.#view.getInt32(this.#inside(at, 4), true);
    const size = this.#view.getUint16(this.#inside(list, 4), true);
    if (size < 4 || size % 2 !== 0) throw new Error("a table's list of fields is damaged");
    this.#inside(list, size);
    return at;
  }

  #field(table: number, field: number): number | undefined {
    const list = table - this.#view.getInt32(table, true);
    const size = this.#view.getUint16(list, true);
    const entry = 4 + 2 * field;
    if (entry + 2 > size) return undefined;
    const offset = this.#view.getUint16(list + entry, true);
    return offset === 0 ? undefined : this.#inside(table + offset, 1);
  }

  #uint32(at: number): number {
    return this.#view.getUint32(this.#inside(at, 4), true);
  }

  #inside(at: number, size: number): number {
    if (at >= this.#start && at + size <= this.#end) return at;
    throw new Error("the metadata points outside of itself");
  }
}
