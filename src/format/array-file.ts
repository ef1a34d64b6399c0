/**
 * Array files: `.csv` or `.dat` with a `.meta` of the same name beside it, read whole or in part. A
 * `.csv` is split by bytes at line ends (a part has the lines that begin in its range), a `.dat` by
 * rows.
 */
import { RtlError } from "../protocol/errors.ts";
import type { Table } from "../table/table.ts";
import type { TaskFiles, UnitRange } from "../task/context.ts";
import type { SourceSize } from "../task/define-task.ts";
import { readCsvBlocks } from "./csv/csv-blocks.ts";
import { plainParsing } from "./csv/csv-dialect.ts";
import { lineStart } from "./file-blocks.ts";
import type { FileFormat } from "./file-format.ts";
import { decodeRecords, type FieldLayout, parseMeta, recordSize } from "./records.ts";
import type { TextOptions } from "./text/text-format.ts";

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

/** Where the names and dtypes of an array file stand. */
export const metaOf = (path: string): string => path.replace(/\.[^./]*(\.gz)?$/, ".meta");

function readMeta({ path }: ArrayFile, files: TaskFiles): FieldLayout[] {
  const meta = metaOf(path);
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
  { path, delimiter }: ArrayFile,
  fields: readonly FieldLayout[],
  files: TaskFiles,
  range: UnitRange | undefined,
): Table {
  const size = files.size(path);
  const { start: from, end } = range ?? { start: 0, end: size };
  const start = lineStart(files, path, from, size);
  const typed = fields.map(({ name, dtype }) => ({ name, type: dtype }));
  return readCsvBlocks(
    files,
    path,
    { start, end, size },
    typed,
    plainParsing(delimiter.charCodeAt(0)),
  );
}

/** Array files as formats of their own. Their names and dtypes stand in the .meta. */
export const datFormat = arrayFormat("dat");
export const arrayCsvFormat = arrayFormat("csv");

function arrayFormat(format: ArrayFile["format"]): FileFormat<TextOptions> {
  const fileOf = (path: string, { delimiter = "," }: TextOptions): ArrayFile => ({
    path,
    format,
    delimiter,
  });
  return {
    name: format === "dat" ? "dat" : "array",
    endings: format === "dat" ? [".dat"] : [],
    inspect(path, files, options) {
      const { units, unitsMin = 1 } = measureArrayFile(fileOf(path, options), files);
      const unit = format === "dat" ? "rows" : "bytes";
      return { unit, units, unitsMin, bytes: files.size(path) };
    },
    read: (path, files, options, _extent, range) =>
      readArrayFile(fileOf(path, options), files, range),
  };
}
