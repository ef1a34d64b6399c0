/**
 * .npy files, numpy's own: lists, matrices in either order and records, read whole or by rows. The
 * package npyjs (1.2) reads neither records nor other orders of bytes nor a part of a file, so this
 * is our own. It never runs what a file says: arrays of Python objects are refused.
 */
import { RtlError } from "../../protocol/errors.ts";
import type { Column } from "../../table/column.ts";
import { makeTable, type Table } from "../../table/table.ts";
import type { TaskFiles, UnitRange } from "../../task/context.ts";
import { fileFault, readingFile } from "../file-fault.ts";
import type { FileExtent, FileFormat } from "../file-format.ts";
import { encodeRecords, fieldsOf } from "../records.ts";
import { formatNpyHeader, type NpyArray, npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";
import { decodeStrided, type StridedField } from "./strided.ts";

/** Enough for nearly every header, so that it takes one read. */
const HEADER_BYTES = 4_096;
/** Less is not worth a chunk of its own. */
const CHUNK_BYTES_MIN = 1_048_576;

/**
 * A list is one column named "0", a matrix has columns "0", "1" and so on, records have their names
 * (those of inner fields after a point). Dates and times are the int64 that the file holds, in the
 * file's own unit, and without a value where they are NaT; complex numbers are two columns.
 */
export const npyFormat: FileFormat = {
  name: "npy",
  endings: [".npy"],

  inspect(path, files): FileExtent {
    const bytes = files.size(path);
    const { rows, stride } = headerOf(path, files, bytes);
    const unitsMin = Math.max(1, Math.ceil(CHUNK_BYTES_MIN / Math.max(1, stride)));
    return { unit: "rows", units: rows, unitsMin, bytes };
  },

  read(path, files, _options, extent, range): Table {
    const array = headerOf(path, files, extent.bytes);
    const { start, end } = range ?? { start: 0, end: array.rows };
    return readingFile(path, () =>
      tableOf(array, { start, end: Math.min(end, array.rows) }, (from, to) => {
        const bytes = files.read(path, array.dataStart + from, array.dataStart + to);
        if (bytes.length === to - from) return bytes;
        throw fileFault(path, "it became shorter while it was read");
      }),
    );
  },
};

/** The table of a .npy file in memory; RTL_FILE_INVALID, naming `path`. */
export function readNpy(bytes: Uint8Array, path: string): { table: Table; isList: boolean } {
  const array = sound(path, bytes.length, () => parseNpyHeader(bytes));
  const data = bytes.subarray(array.dataStart);
  const whole = { start: 0, end: array.rows };
  const table = readingFile(path, () =>
    tableOf(array, whole, (from, to) => data.subarray(from, to)),
  );
  return { table, isList: array.isList };
}

function headerOf(path: string, files: TaskFiles, size: number): NpyArray {
  return sound(path, size, () => {
    const start = files.read(path, 0, HEADER_BYTES);
    const headerBytes = npyHeaderBytes(start);
    return parseNpyHeader(headerBytes > start.length ? files.read(path, 0, headerBytes) : start);
  });
}

/** A header whose array is exactly what the file has behind it. */
function sound(path: string, size: number, read: () => NpyArray): NpyArray {
  let array: NpyArray;
  try {
    array = read();
  } catch (error) {
    if (error instanceof RtlError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw fileFault(path, reason, "save it again with numpy.save()", error);
  }
  const [wanted, found] = [array.rows * array.stride, size - array.dataStart];
  if (wanted > found) {
    const what = `${array.rows} rows take ${wanted} bytes, but it has ${found}`;
    throw fileFault(path, what, "it was cut short: copy or save it again");
  }
  if (wanted < found) {
    const what = `there are ${found - wanted} bytes behind its array`;
    throw fileFault(path, what, "save each array in a file of its own, or several with savez()");
  }
  return array;
}

/** Rows [start, end) by a function that reads bytes [from, to) of the data. */
function tableOf(
  array: NpyArray,
  { start, end }: UnitRange,
  read: (from: number, to: number) => Uint8Array,
): Table {
  const { rows, stride, fields, elementBytes, byColumns } = array;
  const count = Math.max(0, end - start);
  if (!byColumns) {
    const bytes = read(start * stride, start * stride + count * stride);
    return makeTable(decodeStrided(bytes, count, stride, fields), count);
  }
  const columns: Column[] = [];
  for (let at = 0; at * elementBytes < stride; at++) {
    const first = (at * rows + start) * elementBytes;
    const bytes = read(first, first + count * elementBytes);
    columns.push(...decodeStrided(bytes, count, elementBytes, fieldsAt(fields, at, elementBytes)));
  }
  return makeTable(columns, count);
}

/** The fields of one element, counted from its own beginning. */
function fieldsAt(fields: readonly StridedField[], at: number, size: number): StridedField[] {
  const perElement = fields.filter(({ offset }) => offset < size).length;
  return fields
    .slice(at * perElement, (at + 1) * perElement)
    .map((field) => ({ ...field, offset: field.offset - at * size }));
}

/**
 * The table as numpy.save() would write it: one column as a list, several as records.
 * RTL_TABLE_INVALID where a row has no value, which numpy's arrays cannot say.
 */
export function formatNpy(table: Table): Uint8Array[] {
  const [first, ...others] = table.columns;
  if (first === undefined) {
    throw new RtlError("RTL_TABLE_INVALID", "a table without columns is no .npy file");
  }
  const fields = fieldsOf(table, "a .npy file");
  const isList = others.length === 0;
  if (!isList && table.names.includes("")) {
    throw new RtlError("RTL_TABLE_INVALID", "a .npy file cannot hold a column without a name");
  }
  const header = formatNpyHeader(fields, table.rows, isList);
  if (!isList || first.kind === "text") return [header, encodeRecords(table, fields)];
  const { buffer, byteOffset, byteLength } = first.values;
  return [header, new Uint8Array(buffer, byteOffset, byteLength)];
}
