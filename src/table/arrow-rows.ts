/**
 * Any rows of Arrow bytes, of which no more is read than they need: of plain columns just these rows,
 * even of one large batch; of others, whole batches, which apache-arrow decodes.
 */
import { checkHeader } from "./arrow-check.ts";
import { joinParts } from "./arrow-columns.ts";
import { type ArrowLayout, type BatchPlace, type ByteSource, messageAt } from "./arrow-layout.ts";
import type { Message } from "./arrow-metadata.ts";
import { withBatches } from "./arrow-subset.ts";
import { unpacked } from "./arrow-unpack.ts";
import { arrayOfDtype, type Column, countNulls, sliceBits } from "./column.ts";
import { asBytes, booleansOf, damaged, numbersOf, textOf, withDtype } from "./column-buffers.ts";
import { readAnyArrow } from "./ipc.ts";
import { narrowOffsets, plainFields, type StreamField, viewAs } from "./stream-reader.ts";
import { makeTable, sliceRows, type Table } from "./table.ts";

/** Batches that lie behind one another are read together up to so many bytes. */
const RUN_BYTES_MAX = 2 ** 26;
/** Of a smaller batch all is read, even where only some of its rows are wanted. */
const PART_BYTES_MIN = 2 ** 20;

/** How much of Arrow bytes can be read by itself, and whether a column's width hangs on all of it. */
export function readableParts({ schema, batches, isCompressed }: ArrowLayout): {
  readonly rowsMin: number;
  readonly isWhole: boolean;
} {
  const fields = plainFields(schema);
  const largest = batches.reduce((most, { rows }) => Math.max(most, rows), 0);
  if (fields === undefined) return { rowsMin: largest, isWhole: false };
  const isWhole = fields.some(({ layout, noted }) => layout === "bytes" && noted === undefined);
  return { rowsMin: isCompressed ? largest : 0, isWhole };
}

/** Rows [start, end), cut to what there is. Throws where they are damaged. */
export function readRows(
  source: ByteSource,
  layout: ArrowLayout,
  start: number,
  end: number,
): Table {
  let before = 0;
  const wanted = layout.batches.map((batch) => {
    const first = Math.min(batch.rows, Math.max(0, start - before));
    const last = Math.min(batch.rows, Math.max(first, end - before));
    before += batch.rows;
    return { batch, first, last };
  });
  const parts = wanted.filter(({ first, last }) => last > first);
  const fields = plainFields(layout.schema);
  if (fields === undefined) return readBatches(source, layout, parts);
  const tables = runsOf(parts).flatMap((run) => readRun(source, fields, run));
  const rows = tables.reduce((sum, { length }) => sum + length, 0);
  const columns = fields.map((field, at) => {
    const own = tables.map(({ columns }) => columns[at]).filter((column) => column !== undefined);
    return joinParts(own.length > 0 ? own : [columnOf(field, 0, 0, 0, 0, noBuffers)]);
  });
  return makeTable(columns, rows);
}

interface Part {
  readonly batch: BatchPlace;
  readonly first: number;
  readonly last: number;
}
interface Columns {
  readonly columns: readonly Column[];
  readonly length: number;
}

/** Parts to read at once: batches side by side, or one of which only a part is worth reading. */
function runsOf(parts: readonly Part[]): Part[][] {
  const runs: Part[][] = [];
  let bytes = 0;
  for (const part of parts) {
    const run = runs.at(-1);
    const size = part.batch.end - part.batch.start;
    const joins = run?.at(-1)?.batch.end === part.batch.start && bytes + size <= RUN_BYTES_MAX;
    if (run !== undefined && joins) run.push(part);
    else runs.push([part]);
    bytes = joins ? bytes + size : size;
  }
  return runs;
}

function readRun(
  source: ByteSource,
  fields: readonly StreamField[],
  run: readonly Part[],
): Columns[] {
  const [first, last] = [run[0]?.batch, run.at(-1)?.batch];
  if (first === undefined || last === undefined) return [];
  const inParts = run.length === 1 && last.end - first.start > PART_BYTES_MIN;
  const near = inParts ? source : inMemory(source, first.start, last.end);
  return run.map((part) => {
    const { start, end } = part.batch;
    const [message] = messageAt(near, start) ?? [];
    if (message === undefined) throw new Error("a batch is gone");
    const plain = unpacked(message, () => near.read(start + message.body, end));
    return plain === undefined
      ? partOf(near, fields, message, part, start)
      : partOfPlain(plain.bytes, fields, part);
  });
}

/** The bytes of a source from `start` to `end`, which are read at once. */
function inMemory(source: ByteSource, start: number, end: number): ByteSource {
  const bytes = source.read(start, end);
  if (bytes.length < end - start) throw new Error("it became shorter while it was read");
  return { bytes: source.bytes, read: (from, to) => bytes.subarray(from - start, to - start) };
}

function partOfPlain(bytes: Uint8Array, fields: readonly StreamField[], part: Part): Columns {
  const source = {
    bytes: bytes.length,
    read: (from: number, to: number) => bytes.subarray(from, to),
  };
  const [message] = messageAt(source, 0) ?? [];
  if (message === undefined) throw new Error("a batch is gone");
  return partOf(source, fields, message, part, 0);
}

/** Rows of a batch whose message begins at `start`. */
function partOf(
  source: ByteSource,
  fields: readonly StreamField[],
  message: Message,
  { batch, first, last }: Part,
  start: number,
): Columns {
  const { metadata, body } = message;
  const header = checkHeader(message);
  const nodes = metadata.vector(header, 1, 16);
  const places = metadata.vector(header, 2, 16);
  if (metadata.int64(header, 0) !== batch.rows || nodes.length !== fields.length) {
    throw new Error("a batch does not fit the schema");
  }
  let used = 0;
  const nextBuffer = (): BufferPart => {
    const place = places[used++];
    if (place === undefined) throw new Error("a column has too few buffers");
    const at = start + body + metadata.int64At(place);
    const size = metadata.int64At(place + 8);
    return (from, to) => source.read(at + Math.min(from, size), at + Math.min(to, size));
  };
  const columns = fields.map((field, index) => {
    const node = nodes[index] ?? 0;
    if (metadata.int64At(node) !== batch.rows) throw new Error("a column has rows of its own");
    const nulls = metadata.int64At(node + 8);
    return columnOf(field, batch.rows, nulls, first, last, nextBuffer);
  });
  return { columns, length: last - first };
}

/** Bytes [from, to) of a buffer, as far as it has them. */
type BufferPart = (from: number, to: number) => Uint8Array;
const noBuffers = (): BufferPart => () => new Uint8Array(0);

/** Rows [first, last) of a column. */
function columnOf(
  { name, layout, isWide, noted }: StreamField,
  rows: number,
  nulls: number,
  first: number,
  last: number,
  nextBuffer: () => BufferPart,
): Column {
  const count = last - first;
  const validityBuffer = nextBuffer();
  const validity = nulls === 0 ? undefined : bitsOf(name, validityBuffer, first, last);
  const present = countNulls(validity, count) === 0 ? undefined : validity;
  if (layout === "text" || layout === "bytes") {
    const [offsetBuffer, textBuffer] = [nextBuffer(), nextBuffer()];
    const places = rows === 0 ? noText : textPlaces(name, offsetBuffer, isWide, first, last);
    const { offsets, from, to } = places;
    const column = textOf(name, count, offsets, textBuffer(from, to), present);
    return withDtype(layout === "text" ? column : asBytes(column), noted);
  }
  const buffer = nextBuffer();
  if (layout === "|b1") return booleansOf(name, count, bitsOf(name, buffer, first, last), present);
  const { BYTES_PER_ELEMENT: width } = arrayOfDtype[layout] as unknown as Int8ArrayConstructor;
  const bytes = aligned(buffer(first * width, last * width));
  return numbersOf(name, count, viewAs(layout, bytes), present);
}

interface TextPlaces {
  /** Counted from `from`. */
  readonly offsets: Int32Array;
  readonly from: number;
  readonly to: number;
}
const noText: TextPlaces = { offsets: new Int32Array(1), from: 0, to: 0 };

/** Where the texts of rows [first, last) lie. */
function textPlaces(
  name: string,
  buffer: BufferPart,
  isWide: boolean,
  first: number,
  last: number,
): TextPlaces {
  const width = isWide ? 8 : 4;
  const bytes = aligned(buffer(width * first, width * (last + 1)));
  if (bytes.length < width * (last - first + 1)) damaged(name, "has too few text offsets");
  if (isWide) {
    const halves = viewAs("<u4", bytes) as Uint32Array;
    const from = (halves[0] ?? 0) + 2 ** 32 * (halves[1] ?? 0);
    const offsets = narrowOffsets(name, halves, from);
    return { offsets, from, to: from + (offsets[last - first] ?? 0) };
  }
  const offsets = viewAs("<i4", bytes) as Int32Array;
  const [from = 0, to = 0] = [offsets[0], offsets[last - first]];
  if (from < 0 || to < from) damaged(name, "has text offsets that fall");
  return { offsets: from === 0 ? offsets : offsets.map((offset) => offset - from), from, to };
}

function bitsOf(name: string, buffer: BufferPart, first: number, last: number): Uint8Array {
  const bytes = buffer(first >> 3, (last + 7) >> 3);
  if (bytes.length < ((last + 7) >> 3) - (first >> 3)) damaged(name, "has too few bits");
  return sliceBits(bytes, first & 7, last - first);
}

const aligned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);

/** Whole batches and what they refer to, put together as a file or stream of their own. */
function readBatches(source: ByteSource, layout: ArrowLayout, parts: readonly Part[]): Table {
  const batches = parts.map(({ batch }) => batch);
  const bytes = withBatches(source, layout, batches);
  const rows = parts.reduce((sum, { first, last }) => sum + last - first, 0);
  const first = parts[0]?.first ?? 0;
  return sliceRows(readAnyArrow(bytes), first, first + rows);
}
