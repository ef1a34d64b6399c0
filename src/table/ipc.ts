/**
 * Tables as bytes: Arrow IPC streams, the form in which tables travel and rest. Encoding copies no
 * column; decoding copies none either, as long as the bytes begin at a multiple of 8. Only what our
 * own reader leaves alone reaches apache-arrow, and nothing that was not checked before.
 */
import { RtlError } from "../protocol/errors.ts";
import { arrow } from "./arrow.ts";
import { checkArrow, isArrowFile } from "./arrow-check.ts";
import { columnsOfBatches } from "./arrow-columns.ts";
import { END_OF_STREAM } from "./stream-layout.ts";
import { readStream } from "./stream-reader.ts";
import { streamParts } from "./stream-writer.ts";
import { makeTable, type Table } from "./table.ts";

/** The table as one Arrow IPC stream. */
export function encodeTable(table: Table): Uint8Array {
  return encodeTableInto(table, (bytes) => new Uint8Array(bytes));
}

/** The same into memory of the caller's choice, which must begin at a multiple of 8 bytes. */
export function encodeTableInto(table: Table, allocate: (bytes: number) => Uint8Array): Uint8Array {
  const parts = streamParts(table);
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const joined = allocate(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined.byteLength === total ? joined : joined.subarray(0, total);
}

/**
 * The same stream in pieces, for writev. They are views of the table's own memory and of what all
 * streams share: to be read, never to be changed or given to another thread.
 */
export const encodeTableParts = (table: Table): Uint8Array[] => streamParts(table);

/** The table of an Arrow IPC stream; RTL_TABLE_INVALID when it is cut short or no such stream. */
export function decodeTable(bytes: Uint8Array): Table {
  const start = bytes.byteLength - END_OF_STREAM.length;
  if (start < 0 || END_OF_STREAM.some((byte, index) => bytes[start + index] !== byte)) {
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
    const own = isArrowFile(aligned) ? undefined : readStream(aligned);
    return own ?? readAnyArrow(aligned);
  } catch (error) {
    if (error instanceof RtlError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_TABLE_INVALID", `these bytes are no readable Arrow data: ${reason}`, {
      fix: "give an Arrow IPC stream or file",
      cause: error,
    });
  }
}

/** What readStream() leaves: files, several batches, dictionaries and the rarer types. */
export function readAnyArrow(bytes: Uint8Array): Table {
  const reader = arrow().RecordBatchReader.from(checkArrow(bytes));
  reader.open();
  const { schema } = reader;
  if (schema === undefined || schema === null) throw new Error("there is no schema in it");
  const batches = reader.readAll();
  const rows = batches.reduce((sum, batch) => sum + batch.numRows, 0);
  return makeTable(columnsOfBatches(schema, batches, rows), rows);
}
