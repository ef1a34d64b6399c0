/**
 * Where the batches of Arrow bytes lie, found by their metadata alone: files and streams of any size,
 * of which no body is read. Everything is checked as it is read; the bytes come from outside.
 */
import { checkHeader, isArrowFile, MAGIC } from "./arrow-check.ts";
import { Header, type Message, Metadata, openMessage } from "./arrow-metadata.ts";
import { codecOf, unpackerOf } from "./arrow-unpack.ts";

/** Bytes that are read in parts, such as a file. */
export interface ByteSource {
  readonly bytes: number;
  /** Bytes [start, end), which are there. */
  read(start: number, end: number): Uint8Array;
}

/** A message with its body: bytes [start, end). */
export interface MessagePlace {
  readonly start: number;
  readonly end: number;
  /** Where a file's footer says so; 0 in a stream. */
  readonly block: number;
}
export interface BatchPlace extends MessagePlace {
  readonly rows: number;
}
export interface ArrowLayout {
  /** The message that says which columns there are; of a file, what its footer says instead. */
  readonly schema: Message;
  readonly dictionaries: readonly MessagePlace[];
  readonly batches: readonly BatchPlace[];
  readonly isFile: boolean;
  /** Whether a batch that was looked at is compressed. */
  readonly isCompressed: boolean;
  /** The bytes of a stream's first message, or of a file's footer. */
  readonly head: Uint8Array;
}

/** Read at once where metadata are looked for: messages of small batches lie close together. */
const WINDOW_BYTES = 65_536;
/** Metadata of more bytes are hostile rather than rich. */
const METADATA_BYTES_MAX = 2 ** 26;
/** The mark, the size, and the offset of a flatbuffer's root. */
const PREFIX_BYTES = 8;
const FOOTER_TAIL_BYTES = 4 + MAGIC.length;
/** Of an entry in a file's footer that says where a message lies: the place is its first 8. */
export const BLOCK_BYTES = 24;

/**
 * The layout of an Arrow file or stream. Where the rows of each batch are known from before, as
 * `knownRows`, the messages of a file need not be looked at again.
 */
export function findBatches(source: ByteSource, knownRows?: readonly number[]): ArrowLayout {
  const isFile = source.bytes > MAGIC.length && isArrowFile(source.read(0, MAGIC.length));
  return isFile ? fileLayout(source, knownRows) : streamLayout(windowed(source));
}

function streamLayout(source: ByteSource): ArrowLayout {
  const [first, next] = messageAt(source, 0) ?? [];
  if (first === undefined || next === undefined || first.kind !== Header.schema) {
    throw new Error("there is no schema in it");
  }
  const dictionaries: MessagePlace[] = [];
  const batches: BatchPlace[] = [];
  let isCompressed = false;
  for (let at = next; at < source.bytes; ) {
    const [message, end] = messageAt(source, at) ?? [];
    // What lies behind the end of a stream is not ours.
    if (message === undefined || end === undefined) break;
    if (isPacked(message)) isCompressed = true;
    if (message.kind === Header.dictionaryBatch) dictionaries.push({ start: at, end, block: 0 });
    else if (message.kind === Header.recordBatch) {
      batches.push({ start: at, end, block: 0, rows: rowsOf(message) });
    } else throw new Error("there are two schemas in it");
    at = end;
  }
  const head = source.read(0, next);
  return { schema: first, dictionaries, batches, isFile: false, isCompressed, head };
}

function fileLayout(source: ByteSource, knownRows: readonly number[] | undefined): ArrowLayout {
  const head = footerOf(source);
  const metadata = new Metadata(viewOf(head), 0, head.byteLength);
  const root = metadata.root();
  // Not every writer repeats the schema at the beginning, as it should; the footer always has it.
  const header = metadata.child(root, 1);
  if (header === undefined) throw new Error("its footer has no schema");
  const schema = { metadata, root, header, kind: Header.schema, body: 0, bodyBytes: 0 };
  checkHeader(schema);
  const [dictionaries = [], places = []] = [2, 3].map((field) =>
    metadata
      .vector(root, field, BLOCK_BYTES)
      .map((block) => blockAt(metadata, block, source.bytes)),
  );
  const total = [...dictionaries, ...places].reduce((sum, { start, end }) => sum + end - start, 0);
  // Blocks that name the same bytes again and again would make a small file a large table.
  if (total > source.bytes) throw new Error("its blocks overlap");
  const known = knownRows?.length === places.length ? knownRows : undefined;
  let isCompressed = false;
  const near = windowed(source);
  const lookAt = (place: MessagePlace, kind: number): Message => {
    const message = blockMessage(near, place, kind);
    if (isPacked(message)) isCompressed = true;
    return message;
  };
  const batches = places.map((place, index): BatchPlace => {
    const rows = known?.[index];
    return { ...place, rows: rows ?? rowsOf(lookAt(place, Header.recordBatch)) };
  });
  for (const place of dictionaries) lookAt(place, Header.dictionaryBatch);
  return { schema, dictionaries, batches, isFile: true, isCompressed, head };
}

function footerOf(source: ByteSource): Uint8Array {
  const { bytes } = source;
  const tail =
    bytes < FOOTER_TAIL_BYTES ? undefined : source.read(bytes - FOOTER_TAIL_BYTES, bytes);
  const isWhole = tail !== undefined && isArrowFile(tail.subarray(4));
  const size = isWhole ? viewOf(tail).getInt32(0, true) : -1;
  const start = bytes - FOOTER_TAIL_BYTES - size;
  if (size <= 0 || start < PREFIX_BYTES) throw new Error("it has no footer: it is cut short");
  if (size > METADATA_BYTES_MAX) throw new Error("its footer is too large");
  return source.read(start, start + size);
}

function blockAt(footer: Metadata, block: number, bytes: number): MessagePlace {
  const start = footer.int64At(block);
  const end = start + footer.int32At(block + 8) + footer.int64At(block + 16);
  if (start < PREFIX_BYTES || end <= start || end > bytes) {
    throw new Error("a block is outside of the file");
  }
  return { start, end, block };
}

function blockMessage(source: ByteSource, place: MessagePlace, kind: number): Message {
  const [message, end] = messageAt(source, place.start) ?? [];
  if (message?.kind === kind && end === place.end) return message;
  throw new Error("a block is of the wrong kind");
}

/** The message that begins here, without its body, and where the next begins; none at the end. */
export function messageAt(source: ByteSource, start: number): [Message, number] | undefined {
  const bytes = source.bytes - start;
  if (bytes < 4) return undefined;
  const prefix = viewOf(source.read(start, start + Math.min(bytes, PREFIX_BYTES)));
  const isMarked = prefix.getInt32(0, true) === -1;
  if (isMarked && prefix.byteLength < PREFIX_BYTES) throw new Error("a message is cut short");
  const size = prefix.getInt32(isMarked ? 4 : 0, true) + (isMarked ? PREFIX_BYTES : 4);
  if (size > METADATA_BYTES_MAX || size > bytes) throw new Error("a message is cut short");
  const message = openMessage(
    viewOf(source.read(start, start + Math.min(bytes, Math.max(size, PREFIX_BYTES)))),
    0,
    bytes,
  );
  if (message === undefined) return undefined;
  checkHeader(message);
  return [message, start + message.body + message.bodyBytes];
}

/** Whether a batch is compressed, in a way that can be unpacked here. */
function isPacked(message: Message): boolean {
  const codec = codecOf(message, message.header ?? 0);
  if (codec !== undefined) unpackerOf(codec);
  return codec !== undefined;
}

/** Rows of a batch, which must have bytes for them. */
function rowsOf({ metadata, header = 0 }: Message): number {
  const [rows, nodes] = [metadata.int64(header, 0), metadata.vector(header, 1, 16)];
  // Those of its columns have been checked; without columns nothing says how many there may be.
  if (nodes.length === 0) metadata.checkRows(rows, 0);
  else if (metadata.int64At(nodes[0] ?? 0) !== rows) throw new Error("a batch's length is damaged");
  return rows;
}

/** The same source, but what lies close together is read at once. */
function windowed(source: ByteSource): ByteSource {
  let window: Uint8Array = new Uint8Array(0);
  let from = 0;
  return {
    bytes: source.bytes,
    read(start, end) {
      if (start >= from && end <= from + window.length) {
        return window.slice(start - from, end - from);
      }
      if (end - start > WINDOW_BYTES) return source.read(start, end);
      window = source.read(start, Math.min(source.bytes, start + WINDOW_BYTES));
      from = start;
      return window.slice(0, end - start);
    },
  };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
