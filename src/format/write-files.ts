/**
 * A table as the files that hold it: which format a path asks for, and the bytes of every file. It
 * writes nothing itself, and no format knows another.
 */
import { gzipSync } from "node:zlib";
import { RtlError } from "../protocol/errors.ts";
import { encodeTableParts } from "../table/ipc.ts";
import type { Table } from "../table/table.ts";
import { formatArrow } from "./arrow-file.ts";
import { formatCsv } from "./csv/csv-write.ts";
import { formatParquet, type ParquetCompression } from "./duckdb/parquet.ts";
import { formatNpy } from "./numpy/npy.ts";
import { formatNpz } from "./numpy/npz.ts";
import { encodeRecords, fieldsOf, formatMeta } from "./records.ts";
import { formatJsonLines } from "./text/json-lines-write.ts";

/** One file to be written. */
export interface WrittenFile {
  readonly path: string;
  readonly parts: readonly Uint8Array[];
}

export interface FileWriting {
  /** One of writtenFormats; by the path's ending when absent. */
  readonly format?: string | undefined;
  /** Of .parquet and .npz; each has its own usual one. */
  readonly compression?: FileCompression | undefined;
  /** Of .csv: one ASCII character. */
  readonly delimiter?: string | undefined;
  /** Of .csv: whether the first line has the names. */
  readonly header?: boolean | undefined;
}

/** What may be said of compression, and which formats it can be said of. */
const compressions = {
  none: ["parquet", "npz"],
  snappy: ["parquet"],
  zstd: ["parquet"],
  gzip: ["parquet"],
  deflate: ["npz"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type FileCompression = keyof typeof compressions;
export const fileCompressions = Object.keys(compressions) as FileCompression[];

type Writer = (table: Table, path: string, writing: FileWriting) => Promise<WrittenFile[]>;

const single =
  (format: (table: Table, writing: FileWriting, path: string) => WrittenFile["parts"]): Writer =>
  async (table, path, writing) => [{ path, parts: format(table, writing, path) }];

const writers: Readonly<Record<string, Writer>> = {
  csv: single((table, { delimiter, header = true }, path) =>
    formatCsv(table, { header, delimiter: delimiter ?? (/\.tsv/i.test(path) ? "\t" : ",") }),
  ),
  jsonl: single(formatJsonLines),
  npy: single(formatNpy),
  npz: async (table, path, { compression }) => [
    { path, parts: await formatNpz(table, compression === "deflate") },
  ],
  arrow: single((table, _writing, path) =>
    /\.arrows$/i.test(path) ? encodeTableParts(table) : formatArrow(table),
  ),
  parquet: async (table, path, { compression }) => [
    { path, parts: await formatParquet(table, compression as ParquetCompression | undefined) },
  ],
  dat: async (table, path) => datFiles(table, path),
};
const endings: Readonly<Record<string, string>> = {
  ...{ ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl" },
  ...{ ".npy": "npy", ".npz": "npz", ".parquet": "parquet", ".pq": "parquet", ".dat": "dat" },
  ...{ ".arrow": "arrow", ".arrows": "arrow", ".ipc": "arrow", ".feather": "arrow" },
};
/** Text is worth packing as a whole; the others pack themselves or are read in parts. */
const packable: readonly string[] = ["csv", "jsonl"];

export const writtenFormats = Object.keys(writers);

/** What is wrong with how a file is to be written: the parameter's name and what to say of it. */
export function writingProblem(
  path: string,
  { format, compression, delimiter, header }: FileWriting,
): readonly [key: string, message: string] | undefined {
  const { ending, isPacked } = endingOf(path);
  const found = format ?? endings[ending.toLowerCase()];
  if (found === undefined) {
    const known = Object.keys(endings).join(" ");
    return ["file", `its ending says no format: end it in one of ${known}, or set format`];
  }
  if (isPacked && !packable.includes(found)) return ["file", `.${found} files are not gzipped`];
  const allowed: readonly string[] | undefined = compression && compressions[compression];
  if (allowed?.includes(found) === false) {
    return ["compression", `${compression} is of ${allowed.join(" and ")} files only`];
  }
  if (found !== "csv" && delimiter !== undefined) return ["delimiter", "is of csv files only"];
  return found !== "csv" && header !== undefined ? ["header", "is of csv files only"] : undefined;
}

/** The files that the table becomes. RTL_PARAMS_INVALID where writingProblem() has one. */
export async function writtenFiles(
  table: Table,
  path: string,
  writing: FileWriting,
): Promise<WrittenFile[]> {
  const problem = writingProblem(path, writing);
  const { ending, isPacked } = endingOf(path);
  const write = writers[writing.format ?? endings[ending.toLowerCase()] ?? ""];
  if (problem !== undefined || write === undefined) {
    throw new RtlError("RTL_PARAMS_INVALID", problem?.join(" ") ?? "no such format");
  }
  const files = await write(table, path, writing);
  return isPacked ? files.map(gzipped) : files;
}

const gzipped = ({ path, parts }: WrittenFile): WrittenFile => ({
  path,
  parts: [gzipSync(Buffer.concat(parts))],
});

/** `out/result.csv.gz` with a number: `out/result-00007.csv.gz`. */
export function numberedPath(path: string, number: number): string {
  const { stem, ending, isPacked } = endingOf(path);
  const packed = isPacked ? path.slice(-".gz".length) : "";
  return `${stem}-${String(number).padStart(5, "0")}${ending}${packed}`;
}

function endingOf(path: string): { stem: string; ending: string; isPacked: boolean } {
  const isPacked = /[^/]\.gz$/i.test(path);
  const bare = isPacked ? path.slice(0, -".gz".length) : path;
  // A name that begins with its only point has no ending.
  const ending = /[^/](\.[^./]*)$/.exec(bare)?.[1] ?? "";
  return { stem: bare.slice(0, bare.length - ending.length), ending, isPacked };
}

/** Packed records, and beside them what they are. */
function datFiles(table: Table, path: string): WrittenFile[] {
  const fields = fieldsOf(table, "a .dat file");
  return [
    { path, parts: [encodeRecords(table, fields)] },
    { path: `${endingOf(path).stem}.meta`, parts: [formatMeta(fields)] },
  ];
}

/**
 * The array files of old: a .csv of whole numbers as they are and floats with six decimals, or a .dat,
 * each with its .meta. RTL_TABLE_INVALID for what they cannot hold.
 */
export function arrayFiles(
  table: Table,
  stem: string,
  extension: "csv" | "dat",
  delimiter: string,
): WrittenFile[] {
  if (extension === "dat") return datFiles(table, `${stem}.dat`);
  const fields = fieldsOf(table, "an array file");
  const text = table.columns.find(({ kind }) => kind === "text");
  if (text !== undefined) {
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `column "${text.name}" is text, which a .csv of this form has no quotes for`,
      { fix: "write a .dat, or name the file as a whole: {file: out/result.csv}" },
    );
  }
  return [
    { path: `${stem}.csv`, parts: formatCsv(table, { header: false, decimals: 6, delimiter }) },
    { path: `${stem}.meta`, parts: [formatMeta(fields)] },
  ];
}
