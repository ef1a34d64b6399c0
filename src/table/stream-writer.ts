/**
 * Writes a table as an Arrow IPC stream of one batch, in pieces, most of which are views of the table's
 * own memory: only booleans are packed, and the offsets of text are moved to begin at 0.
 */
import { type Column, countNulls, type NumericColumn, setBit, type TextColumn } from "./column.ts";
import type { FlatPair } from "./flatbuffer-writer.ts";
import { Kept } from "./kept.ts";
import { batchMessage, END_OF_STREAM, schemaMessage } from "./stream-layout.ts";
import { schemaOf, type Table } from "./table.ts";

const nothing = new Uint8Array(0);

/** The pieces of the stream; written one after the other they are the whole of it. */
export function streamParts(table: Table): Uint8Array[] {
  const columns: FlatPair[] = [];
  const places: FlatPair[] = [];
  const body: Uint8Array[] = [];
  let bodyBytes = 0;
  for (const column of table.columns) {
    const nulls = countNulls(column.validity, column.length);
    columns.push([column.length, nulls]);
    for (const buffer of buffersOf(column, nulls)) {
      const size = buffer.byteLength;
      places.push([bodyBytes, size]);
      if (size === 0) continue;
      const padding = -size & 7;
      body.push(buffer);
      if (padding > 0) body.push(new Uint8Array(padding));
      bodyBytes += size + padding;
    }
  }
  const batch = batchMessage(table.rows, columns, places, bodyBytes);
  return [schemaOnce(table), batch, ...body, END_OF_STREAM];
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
