/**
 * Tables as bytes: Arrow IPC streams, the form in which tables travel and rest. With arrow-columns.ts it
 * is the only file that knows apache-arrow. Encoding copies no column; decoding copies none either,
 * as long as the bytes begin at a multiple of 8.
 */
import {
  Field,
  makeData,
  RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
} from "apache-arrow";
import { RtlError } from "../protocol/errors.ts";
import { checkArrow } from "./arrow-check.ts";
import { arrowDataOf, arrowTypeOf, columnsOfBatches, DTYPE_KEY } from "./arrow-columns.ts";
import { makeTable, type Table } from "./table.ts";

/** The table as one Arrow IPC stream. */
export function encodeTable(table: Table): Uint8Array {
  return encodeTableInto(table, (bytes) => new Uint8Array(bytes));
}

/** The same into memory of the caller's choice, which must begin at a multiple of 8 bytes. */
export function encodeTableInto(table: Table, allocate: (bytes: number) => Uint8Array): Uint8Array {
  const parts = encodeTableParts(table);
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const joined = allocate(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined.byteLength === total ? joined : joined.subarray(0, total);
}

/** The same stream in pieces, for writev. Most pieces are views of the table's own memory. */
export function encodeTableParts(table: Table): Uint8Array[] {
  const fields = table.columns.map(
    ({ name, dtype }) => new Field(name, arrowTypeOf(dtype), true, new Map([[DTYPE_KEY, dtype]])),
  );
  const schema = new Schema(fields);
  const children = table.columns.map(arrowDataOf);
  const data = makeData({ type: new Struct(fields), length: table.rows, nullCount: 0, children });
  const writer = new PartsWriter();
  writer.write(new RecordBatch(schema, data));
  writer.finish();
  return writer.parts;
}

/**
 * Keeps what the stock writer would join. Its joining merges views that overlap in memory, which
 * breaks the stream of a table with one column's memory in it twice; and it copies everything.
 */
class PartsWriter extends RecordBatchStreamWriter {
  readonly parts: Uint8Array[] = [];

  protected override _write(chunk: ArrayBufferView | ArrayBufferLike): this {
    const part = ArrayBuffer.isView(chunk)
      ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : new Uint8Array(chunk);
    if (part.byteLength > 0) this.parts.push(part);
    this._position += part.byteLength;
    return this;
  }
}

/** What an Arrow IPC stream ends with: a message of length 0. */
const END_OF_STREAM = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/** The table of an Arrow IPC stream; RTL_TABLE_INVALID when it is cut short or no such stream. */
export function decodeTable(bytes: Uint8Array): Table {
  const tail = bytes.subarray(Math.max(0, bytes.byteLength - END_OF_STREAM.length));
  if (tail.byteLength < 8 || END_OF_STREAM.some((byte, index) => tail[index] !== byte)) {
    throw new RtlError("RTL_TABLE_INVALID", "the table's bytes have no end-of-stream mark", {
      fix: "send the whole Arrow IPC stream, and close its writer before",
    });
  }
  return readArrow(bytes);
}

/**
 * The table of an Arrow IPC stream or file that any program wrote; several batches become one.
 * Dictionaries become plain text. RTL_TABLE_INVALID when it cannot be read, or naming the column
 * whose type has no counterpart here.
 */
export function readArrow(bytes: Uint8Array): Table {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  try {
    checkArrow(aligned);
    const reader = RecordBatchReader.from(aligned);
    reader.open();
    const { schema } = reader;
    if (schema === undefined || schema === null) throw new Error("there is no schema in it");
    const batches = reader.readAll();
    const rows = batches.reduce((sum, batch) => sum + batch.numRows, 0);
    return makeTable(columnsOfBatches(schema, batches, rows), rows);
  } catch (error) {
    if (error instanceof RtlError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_TABLE_INVALID", `these bytes are no readable Arrow data: ${reason}`, {
      fix: "give an Arrow IPC stream or file",
      cause: error,
    });
  }
}
