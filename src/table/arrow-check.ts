/**
 * Checks that the metadata of Arrow IPC bytes stays within its own bounds. apache-arrow trusts every
 * length it reads, so that one damaged byte can make it allocate until the process dies; nothing
 * from outside reaches it unchecked.
 */

/** Nesting and number of fields beyond which metadata is hostile rather than rich. */
const DEPTH_MAX = 64;
const FIELDS_MAX = 100_000;
/** Names may be shared by fields, but not so that little metadata becomes much text. */
const TEXT_FACTOR = 64;
const TEXT_BYTES_FREE = 65_536;
const MAGIC = "ARROW1";

const Header = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const;

/** Throws an Error that says what is wrong; returns when the metadata is sound. */
export function checkArrow(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFile = Buffer.from(bytes.subarray(0, MAGIC.length)).toString("latin1") === MAGIC;
  if (isFile) checkFile(view);
  else checkStream(view);
}

function checkStream(view: DataView): void {
  let at = 0;
  while (at < view.byteLength) {
    const next = checkMessage(view, at);
    if (next === undefined) return;
    at = next;
  }
}

/** Checks one message and returns where the next begins; undefined at the end of the stream. */
function checkMessage(view: DataView, start: number, wanted?: number): number | undefined {
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
  const message = metadata.root();
  const bodyBytes = metadata.int64(message, 3);
  const body = at + size;
  if (bodyBytes < 0 || bodyBytes > view.byteLength - body) throw new Error("a body is cut short");
  const header = metadata.child(message, 2);
  metadata.keyValues(message, 4);
  if (header === undefined) throw new Error("a message has no header");
  const kind = metadata.byte(message, 1);
  // The library would read a block of another kind again and again, without end.
  if (wanted !== undefined && kind !== wanted) throw new Error("a block is of the wrong kind");
  if (kind === Header.schema) metadata.schema(header);
  else if (kind === Header.recordBatch) metadata.recordBatch(header, bodyBytes);
  else if (kind === Header.dictionaryBatch) {
    const data = metadata.child(header, 1);
    if (data === undefined) throw new Error("a dictionary has no data");
    metadata.recordBatch(data, bodyBytes);
  } else throw new Error(`a message is of the unknown kind ${kind}`);
  return body + bodyBytes;
}

function checkFile(view: DataView): void {
  const tail = 4 + MAGIC.length;
  const size = view.byteLength < 8 + tail ? -1 : view.getInt32(view.byteLength - tail, true);
  const start = view.byteLength - tail - size;
  if (size <= 0 || start < 8) throw new Error("the file has no footer: it is cut short");
  const footer = new Metadata(view, start, size);
  const root = footer.root();
  const schema = footer.child(root, 1);
  if (schema === undefined) throw new Error("the footer has no schema");
  footer.schema(schema);
  footer.keyValues(root, 4);
  for (const [field, kind] of [
    [2, Header.dictionaryBatch],
    [3, Header.recordBatch],
  ] as const) {
    for (const block of footer.vector(root, field, 24)) {
      const at = footer.int64At(block);
      if (at < 8 || at >= start) throw new Error("a block is outside of the file");
      if (checkMessage(view, at, kind) === undefined) throw new Error("a block is empty");
    }
  }
}

function int32(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) throw new Error("a message is cut short");
  return view.getInt32(at, true);
}

/** One flatbuffer. Places are positions in the whole view, every one of them checked when read. */
class Metadata {
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

  int64(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === undefined ? 0 : this.int64At(at);
  }

  int64At(at: number): number {
    return Number(this.#view.getBigInt64(this.#inside(at, 8), true));
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
    for (const node of this.vector(table, 1, 16)) {
      const [rows, nulls] = [this.int64At(node), this.int64At(node + 8)];
      if (rows < 0 || nulls < 0 || nulls > rows) throw new Error("a column's length is damaged");
    }
    for (const buffer of this.vector(table, 2, 16)) {
      const [offset, size] = [this.int64At(buffer), this.int64At(buffer + 8)];
      if (offset < 0 || size < 0 || offset + size > bodyBytes) {
        throw new Error("a column is outside of its message");
      }
    }
    this.child(table, 3);
    this.vector(table, 4, 8);
  }

  keyValues(table: number, field: number): void {
    for (const entry of this.#children(table, field)) {
      this.#text(entry, 0);
      this.#text(entry, 1);
    }
  }

  #fieldsOf(table: number, field: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Error("the schema is nested too deeply");
    for (const entry of this.#children(table, field)) {
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

  #children(table: number, field: number): number[] {
    const places = this.vector(table, field, 4);
    this.#fields += places.length;
    if (this.#fields > FIELDS_MAX) throw new Error("the schema has too many fields");
    return places.map((at) => this.#table(at + this.#uint32(at)));
  }

  #text(table: number, field: number): void {
    this.#textBytes -= this.#vectorLength(table, field, 1).count;
    if (this.#textBytes < 0) throw new Error("the schema has too much text");
  }

  /** Checks that a table and its list of fields are inside, and returns its place. */
  #table(at: number): number {
    const list = at - this.#view.getInt32(this.#inside(at, 4), true);
    this.#inside(list, this.#view.getUint16(this.#inside(list, 4), true));
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
