/**
 * Writes a table as an Arrow IPC stream of one batch, or as a file of several, in pieces, most of which
 * are views of the table's own memory: only booleans are packed, and the offsets of text are moved to
 * begin at 0.
 */
import { type Column, countNulls, type NumericColumn, setBit, type TextColumn } from "./column.ts";
import type { FlatStruct } from "./flatbuffer-writer.ts";
import { Kept } from "./kept.ts";
import {
  batchMessage,
  END_OF_STREAM,
  FILE_START,
  fileFooter,
  schemaMessage,
} from "./stream-layout.ts";
import { schemaOf, sliceRows, type Table } from "./table.ts";

const nothing = new Uint8Array(0);

/** The pieces of the stream; written one after the other they are the whole of it. */
export function streamParts(table: Table): Uint8Array[] {
  const { message, body } = batchOf(table);
  return [schemaOnce(table), message, ...body, END_OF_STREAM];
}

/** The pieces of an Arrow file, which has batches of this many rows so that parts of it can be read. */
export function fileParts(table: Table, batchRows: number): Uint8Array[] {
  const parts: Uint8Array[] = [FILE_START, schemaOnce(table)];
  const batches: FlatStruct[] = [];
  let place = bytesOf(parts);
  // Without rows there is no batch: the columns are in the schema.
  for (let row = 0; row < table.rows; row += batchRows) {
    const { message, body } = batchOf(sliceRows(table, row, row + batchRows));
    const bodyBytes = bytesOf(body);
    parts.push(message, ...body);
    batches.push([place, message.byteLength, bodyBytes]);
    place += message.byteLength + bodyBytes;
  }
  const footer = fileFooter(schemaOf(table), batches);
  const size = Buffer.alloc(4);
  size.writeInt32LE(footer.byteLength);
  return [...parts, END_OF_STREAM, footer, size, FILE_START.subarray(0, -2)];
}

const bytesOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.byteLength, 0);

/** The message before a batch of all rows, and the pieces of its body. */
function batchOf(table: Table): { message: Uint8Array; body: Uint8Array[] } {
  const columns: FlatStruct[] = [];
  const buffers: FlatStruct[] = [];
  const body: Uint8Array[] = [];
  let bodyBytes = 0;
  for (const column of table.columns) {
    const nulls = countNulls(column.validity, column.length);
    columns.push([column.length, nulls]);
    for (const buffer of buffersOf(column, nulls)) {
      const size = buffer.byteLength;
      buffers.push([bodyBytes, size]);
      if (size === 0) continue;
      const padding = -size & 7;
      body.push(buffer);
      if (padding > 0) body.push(new Uint8Array(padding));
      bodyBytes += size + padding;
    }
  }
  const { rows } = table;
  return { message: batchMessage({ rows, columns, buffers, bodyBytes }), body };
}

const schemaMessages = new Kept<Uint8Array>();

function schemaOnce(table: Table): Uint8Array {
  const schema = schemaOf(table);
  // A message is a small part of the memory that it was written in: what is kept is a copy.
  return schemaMessages.get(JSON.stringify(schema), () => new Uint8Array(schemaMessage(schema)));
}

/** The null bitmap and what Arrow keeps the values of such a column in. */
function buffersOf(column: Column, nulls: number): readonly Uint8Array[] {
  const bits = nulls === 0 ? undefined : column.validity;
  const validity = bits?.subarray(0, (column.length + 7) >> 3) ?? nothing;
  if (column.kind === "text") return [validity, ...textBuffers(column)];
  if (column.dtype === "|b1") return [validity, packBooleans(column)];
  const { buffer, byteOffset, byteLength } = column.values;
  return [validity, new Uint8Array(buffer, byteOffset, byteLength)];
}

function textBuffers({ offsets, bytes, length }: TextColumn): readonly Uint8Array[] {
  const first = offsets[0] ?? 0;
  const isWhole = first === 0 && offsets.length === length + 1;
  const moved = isWhole ? offsets : new Int32Array(length + 1);
  if (!isWhole) for (let i = 0; i <= length; i++) moved[i] = (offsets[i] ?? first) - first;
  const text = bytes.subarray(first, first + (moved[length] ?? 0));
  return [new Uint8Array(moved.buffer, moved.byteOffset, moved.byteLength), text];
}

function packBooleans({ values, length }: NumericColumn): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) if (values[i] !== 0) setBit(bits, i);
  return bits;
}
