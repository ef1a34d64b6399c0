/**
 * Array files: `.csv` or `.dat` with a `.meta` of the same name beside it, read whole or in part. A
 * `.csv` is split by bytes at line ends (a part has the lines that begin in its range), a `.dat` by
 * rows.
 */
import { RtlError } from "../protocol/errors.ts";
import type { Table } from "../table/table.ts";
import type { TaskFiles, UnitRange } from "../task/context.ts";
import type { SourceSize } from "../task/define-task.ts";
import { CsvFault, parseCsv } from "./csv.ts";
import { decodeRecords, type FieldLayout, parseMeta, recordSize } from "./records.ts";

const NEWLINE = 10;
/** How much more is read at a time to find the end of a part's last line. */
const TAIL_BYTES = 65_536;
/** Less is not worth a chunk of its own. */
const CHUNK_BYTES_MIN = 1_048_576;

/** One array file. */
export interface ArrayFile {
  /** Path with its extension, below a data folder. */
  readonly path: string;
  readonly format: "csv" | "dat";
  /** One ASCII character; only for csv. */
  readonly delimiter: string;
}

/** What there is to read: bytes of a csv, rows of a dat. RTL_FILE_MISSING, RTL_FILE_INVALID. */
export function measureArrayFile(file: ArrayFile, files: TaskFiles): SourceSize {
  const bytes = files.size(file.path);
  if (file.format === "csv") return { units: bytes, unit: "bytes", unitsMin: CHUNK_BYTES_MIN };
  const size = recordSize(readMeta(file, files));
  return { units: wholeRecords(file.path, bytes, size), unit: "rows" };
}

/** The table of a range of those units, or of all; RTL_FILE_INVALID names line and column. */
export function readArrayFile(
  file: ArrayFile,
  files: TaskFiles,
  range: UnitRange | undefined,
): Table {
  const fields = readMeta(file, files);
  return file.format === "csv"
    ? readCsv(file, fields, files, range)
    : readDat(file.path, fields, files, range);
}

function readMeta({ path }: ArrayFile, files: TaskFiles): FieldLayout[] {
  const meta = path.replace(/\.[^./]*$/, ".meta");
  return parseMeta(files.read(meta), meta);
}

function readDat(
  file: string,
  fields: readonly FieldLayout[],
  files: TaskFiles,
  range: UnitRange | undefined,
): Table {
  const size = recordSize(fields);
  const rows = wholeRecords(file, files.size(file), size);
  const { start, end } = range ?? { start: 0, end: rows };
  return decodeRecords(files.read(file, start * size, end * size), fields);
}

function wholeRecords(file: string, bytes: number, recordBytes: number): number {
  if (recordBytes > 0 && bytes % recordBytes === 0) return bytes / recordBytes;
  throw new RtlError(
    "RTL_FILE_INVALID",
    `file ${file}: ${bytes} bytes are no whole number of records of ${recordBytes} bytes`,
    { fix: "check that the .meta file belongs to it and that it was copied whole" },
  );
}

function readCsv(
  { path: file, delimiter }: ArrayFile,
  fields: readonly FieldLayout[],
  files: TaskFiles,
  range: UnitRange | undefined,
): Table {
  const size = files.size(file);
  const { start, bytes } = linesWithin(files, file, range?.start ?? 0, range?.end ?? size, size);
  try {
    return parseCsv(bytes, fields, delimiter.charCodeAt(0));
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    const line = 1 + countNewlines(files, file, start + error.lineStart);
    const column =
      error.field === undefined
        ? ""
        : `, column ${error.field + 1} (${fields[error.field]?.name ?? ""})`;
    throw new RtlError(
      "RTL_FILE_INVALID",
      `file ${file}, line ${line}${column}: ${error.message}`,
      error.fix === undefined ? {} : { fix: error.fix },
    );
  }
}

/** The whole lines that begin in bytes [from, to) of the file, and where the first begins. */
function linesWithin(
  files: TaskFiles,
  file: string,
  from: number,
  to: number,
  size: number,
): { start: number; bytes: Uint8Array } {
  if (to <= from) return { start: from, bytes: new Uint8Array(0) };
  // The byte before tells whether a line begins exactly at `from`.
  const readFrom = Math.max(0, from - 1);
  let bytes = files.read(file, readFrom, Math.min(to, size));
  let first = 0;
  if (from > 0) {
    first = bytes.indexOf(NEWLINE) + 1;
    if (first === 0 || readFrom + first >= to) return { start: to, bytes: new Uint8Array(0) };
  }
  let end = readFrom + bytes.length;
  const tails: Uint8Array[] = [];
  let lineEnds = bytes[bytes.length - 1] === NEWLINE;
  while (!lineEnds && end < size) {
    const tail = files.read(file, end, Math.min(size, end + TAIL_BYTES));
    if (tail.length === 0) break;
    const newline = tail.indexOf(NEWLINE);
    lineEnds = newline >= 0;
    tails.push(lineEnds ? tail.subarray(0, newline + 1) : tail);
    end += tail.length;
  }
  if (tails.length > 0) bytes = joined([bytes, ...tails]);
  return { start: readFrom + first, bytes: bytes.subarray(first) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Lines before a place: only counted when something is wrong there. */
function countNewlines(files: TaskFiles, file: string, before: number): number {
  let lines = 0;
  for (let at = 0; at < before; ) {
    const block = files.read(file, at, Math.min(before, at + CHUNK_BYTES_MIN));
    if (block.length === 0) break;
    for (let i = 0; i < block.length; i++) if (block[i] === NEWLINE) lines++;
    at += block.length;
  }
  return lines;
}
