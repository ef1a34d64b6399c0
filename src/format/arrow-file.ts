/**
 * Arrow IPC files and streams (.arrow, .feather of version 2): the columns that Arrow's own programs
 * write, read by rows. Only what the wanted rows need is read of the file; batches that are compressed by
 * LZ4, or by ZSTD where Node knows it, are unpacked.
 */
import { RtlError } from "../protocol/errors.ts";
import { type ByteSource, findBatches } from "../table/arrow-layout.ts";
import { readableParts, readRows } from "../table/arrow-rows.ts";
import { fileParts } from "../table/stream-writer.ts";
import type { Table } from "../table/table.ts";
import type { TaskFiles } from "../task/context.ts";
import { asFileFault, fileFault } from "./file-fault.ts";
import type { FileExtent, FileFormat } from "./file-format.ts";

/** Less is not worth a chunk of its own. */
const CHUNK_ROWS_MIN = 65_536;
/** Rows of the batches that are written: readers take parts of a file by them. */
const BATCH_ROWS = 131_072;
/** More changes of a batch's size than this are not told to all nodes: each looks for itself. */
const RUNS_MAX = 256;

/**
 * Dictionaries become plain text; dates, times and durations the whole numbers that the file holds, in
 * the file's own units.
 */
export const arrowFormat: FileFormat = {
  name: "arrow",
  endings: [".arrow", ".arrows", ".ipc", ".feather"],

  inspect(path, files): FileExtent {
    const bytes = files.size(path);
    return reading(path, () => {
      const layout = findBatches(sourceOf(path, files, bytes));
      const { rowsMin, isWhole } = readableParts(layout);
      if (isWhole) return { unit: "whole", units: bytes, unitsMin: bytes, bytes };
      const rows = layout.batches.map((batch) => batch.rows);
      const units = rows.reduce((sum, count) => sum + count, 0);
      const runs = layout.isFile ? runsOf(rows) : [];
      const detail = runs.length > 0 && runs.length <= RUNS_MAX ? runs : undefined;
      const unitsMin = Math.max(CHUNK_ROWS_MIN, rowsMin);
      return { unit: "rows", units, unitsMin, bytes, ...(detail !== undefined && { detail }) };
    });
  },

  read(path, files, _options, extent, range): Table {
    return reading(path, () => {
      const source = sourceOf(path, files, extent.bytes);
      const layout = findBatches(source, rowsOfRuns(extent.detail));
      const { start, end } = range ?? { start: 0, end: Infinity };
      return extent.unit === "whole"
        ? readRows(source, layout, 0, Infinity)
        : readRows(source, layout, start, end);
    });
  },
};

const sourceOf = (path: string, files: TaskFiles, bytes: number): ByteSource => ({
  bytes,
  read: (start, end) => files.read(path, start, end),
});

/** Whatever cannot be read is the file's fault. */
function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RtlError) throw asFileFault(path, error);
    const reason = error instanceof Error ? error.message : String(error);
    const fix = "give a whole Arrow IPC file or stream";
    throw fileFault(path, `it is no readable Arrow data: ${reason}`, fix, error);
  }
}

/** Sizes of batches as pairs: rows, and how many batches in a row have so many. */
function runsOf(rows: readonly number[]): readonly [number, number][] {
  const runs: [number, number][] = [];
  for (const count of rows) {
    const last = runs.at(-1);
    if (last?.[0] === count) last[1]++;
    else runs.push([count, 1]);
  }
  return runs;
}

/** The list that runsOf() was made of; undefined for anything else. */
function rowsOfRuns(detail: unknown): number[] | undefined {
  if (!Array.isArray(detail)) return undefined;
  return (detail as readonly [number, number][]).flatMap(([rows, count]) =>
    new Array<number>(count).fill(rows),
  );
}

/** The table as an Arrow IPC file. */
export const formatArrow = (table: Table): Uint8Array[] => fileParts(table, BATCH_ROWS);
