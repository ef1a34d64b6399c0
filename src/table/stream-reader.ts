/**
 * Reads the streams that tables travel as between our own processes: one batch of plain columns,
 * in place. It has an opinion only on those; whatever else a stream may hold is left to apache-arrow,
 * which takes ten times as long for a small table.
 */
import { checkHeader } from "./arrow-check.ts";
import { Header, type Message, type Metadata, openMessage } from "./arrow-metadata.ts";
import {
  arrayOfDtype,
  type Column,
  checkedOffset,
  type Dtype,
  isDtype,
  type NumericArray,
  type NumericDtype,
} from "./column.ts";
import { asBytes, booleansOf, numbersOf, textOf, validityOf, withDtype } from "./column-buffers.ts";
import { Kept } from "./kept.ts";
import { ArrowType, DTYPE_KEY } from "./stream-layout.ts";
import { makeTable, type Table } from "./table.ts";

export interface StreamField {
  readonly name: string;
  /** How the buffers are laid out: numbers of this dtype, bits, or text by offsets. */
  readonly layout: NumericDtype | "text" | "bytes";
  /** Whether the offsets of text have 64 bits. */
  readonly isWide: boolean;
  readonly noted: Dtype | undefined;
}

/** By a schema's own bytes. Without fields: a column of it is not plain. */
const schemas = new Kept<{ readonly fields: readonly StreamField[] | undefined }>();

/**
 * The table of a stream that begins at a multiple of 8 bytes; undefined when the stream is not of
 * this simple kind. Throws when it is damaged.
 */
export function readStream(bytes: Uint8Array): Table | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const schema = openMessage(view, 0);
  if (schema === undefined || !isPlain(schema, Header.schema)) return undefined;
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, schema.body).toString("latin1");
  const { fields } = schemas.get(key, () => ({ fields: plainFields(schema) }));
  if (fields === undefined) return undefined;
  const batch = openMessage(view, schema.body + schema.bodyBytes);
  if (batch === undefined || !isPlain(batch, Header.recordBatch)) return undefined;
  const end = batch.body + batch.bodyBytes;
  const more = end < bytes.byteLength && openMessage(view, end) !== undefined;
  return more ? undefined : tableOf(fields, batch, bytes);
}

/** Batches were laid out in another way before version 4 of the metadata, numbered 3. */
const isPlain = ({ metadata, root, kind }: Message, wanted: number): boolean =>
  kind === wanted && [3, 4].includes(metadata.int16(root, 0));

/** The fields of a schema whose columns are all plain; undefined where one is not. */
export function plainFields(schema: Message): readonly StreamField[] | undefined {
  const { metadata } = schema;
  const header = checkHeader(schema);
  const isLittleEndian = metadata.int16(header, 0) === 0;
  if (!isLittleEndian) return undefined;
  const fields: StreamField[] = [];
  for (const entry of metadata.tables(header, 1)) {
    const name = metadata.text(entry, 0);
    const layout = layoutOf(metadata, entry);
    if (name === undefined || layout === undefined) return undefined;
    const kind = metadata.byte(entry, 2);
    const isWide = kind === ArrowType.wideBinary || kind === ArrowType.wideText;
    fields.push({ name, layout, isWide, noted: notedDtype(metadata, entry) });
  }
  return fields;
}

function layoutOf(metadata: Metadata, entry: number): StreamField["layout"] | undefined {
  const type = metadata.child(entry, 3);
  const isDictionary = metadata.child(entry, 4) !== undefined;
  if (type === undefined || isDictionary) return undefined;
  switch (metadata.byte(entry, 2)) {
    case ArrowType.int: {
      const sign = metadata.byte(type, 1) === 0 ? "u" : "i";
      return integers[`${sign}${metadata.int32(type, 0)}`];
    }
    case ArrowType.float:
      return floats[metadata.int16(type, 0)];
    case ArrowType.boolean:
      return "|b1";
    case ArrowType.text:
    case ArrowType.wideText:
      return "text";
    case ArrowType.binary:
    case ArrowType.wideBinary:
      return "bytes";
    case ArrowType.date:
      return metadata.int16(type, 0, MILLISECONDS) === DAYS ? "<i4" : "<i8";
    case ArrowType.time:
      return metadata.int32(type, 1, 32) === 32 ? "<i4" : "<i8";
    case ArrowType.timestamp:
    case ArrowType.duration:
      return "<i8";
    default:
      return undefined;
  }
}

const integers: { readonly [type: string]: NumericDtype } = {
  ...{ i8: "|i1", i16: "<i2", i32: "<i4", i64: "<i8" },
  ...{ u8: "|u1", u16: "<u2", u32: "<u4", u64: "<u8" },
};
/** Arrow's units of dates, of which the second is meant where none is said. */
const [DAYS, MILLISECONDS] = [0, 1];
/** By Arrow's precision; numbers of half precision have no array of their own. */
const floats: readonly (NumericDtype | undefined)[] = [undefined, "<f4", "<f8"];

function notedDtype(metadata: Metadata, entry: number): Dtype | undefined {
  let noted: string | undefined;
  for (const pair of metadata.tables(entry, 6)) {
    if (metadata.text(pair, 0) === DTYPE_KEY) noted = metadata.text(pair, 1);
  }
  return noted !== undefined && isDtype(noted) ? noted : undefined;
}

function tableOf(
  fields: readonly StreamField[],
  batch: Message,
  bytes: Uint8Array,
): Table | undefined {
  const { metadata, body } = batch;
  const header = checkHeader(batch);
  const rows = metadata.int64(header, 0);
  const isCompressed = metadata.child(header, 3) !== undefined;
  const nodes = metadata.vector(header, 1, 16);
  const places = metadata.vector(header, 2, 16);
  if (isCompressed || fields.length === 0 || nodes.length !== fields.length) return undefined;
  const isAligned = places.every((place) => (body + metadata.int64At(place)) % 8 === 0);
  if (!isAligned) return undefined;
  let used = 0;
  const nextBuffer = (): Uint8Array => {
    const place = places[used++];
    if (place === undefined) throw new Error("a column has too few buffers");
    const start = body + metadata.int64At(place);
    return bytes.subarray(start, start + metadata.int64At(place + 8));
  };
  const columns: Column[] = [];
  for (const [index, field] of fields.entries()) {
    const node = nodes[index] ?? 0;
    const nulls = metadata.int64At(node + 8);
    if (metadata.int64At(node) !== rows) return undefined;
    columns.push(columnOf(field, rows, nulls, nextBuffer));
  }
  return used === places.length ? makeTable(columns, rows) : undefined;
}

function columnOf(
  { name, layout, isWide, noted }: StreamField,
  rows: number,
  nulls: number,
  nextBuffer: () => Uint8Array,
): Column {
  const validity = validityOf(name, rows, nulls, nextBuffer());
  if (layout === "text" || layout === "bytes") {
    const offsets = offsetsOf(name, nextBuffer(), isWide);
    const column = textOf(name, rows, offsets, nextBuffer(), validity);
    return withDtype(layout === "text" ? column : asBytes(column), noted);
  }
  if (layout === "|b1") return booleansOf(name, rows, nextBuffer(), validity);
  return numbersOf(name, rows, viewAs(layout, nextBuffer()), validity);
}

/** The offsets of text, which fit 32 bits in any column of ours. */
function offsetsOf(name: string, buffer: Uint8Array, isWide: boolean): Int32Array {
  if (!isWide) return viewAs("<i4", buffer) as Int32Array;
  const halves = viewAs("<u4", buffer) as Uint32Array;
  return narrowOffsets(name, halves, 0);
}

/** Offsets of 64 bits, given as halves, counted from `from` on. */
export function narrowOffsets(name: string, halves: Uint32Array, from: number): Int32Array {
  const offsets = new Int32Array(halves.length >> 1);
  for (let i = 0; i < offsets.length; i++) {
    const wide = (halves[2 * i] as number) + 2 ** 32 * (halves[2 * i + 1] as number);
    offsets[i] = checkedOffset(name, wide - from);
  }
  return offsets;
}

/** The buffer as numbers, where it lies. */
export function viewAs(
  dtype: NumericDtype,
  { buffer, byteOffset, byteLength }: Uint8Array,
): NumericArray {
  const { BYTES_PER_ELEMENT: width } = arrayOfDtype[dtype] as unknown as Int8ArrayConstructor;
  return new arrayOfDtype[dtype](buffer, byteOffset, Math.floor(byteLength / width));
}
