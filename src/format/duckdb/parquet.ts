/**
 * Parquet files, by way of DuckDB: columns with names and types, packed, read by rows. Of a file only
 * the wanted columns and the groups of rows that are wanted are read.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RtlError } from "../../protocol/errors.ts";
import { decodeTable, encodeTableParts } from "../../table/ipc.ts";
import type { Table } from "../../table/table.ts";
import { fileFault } from "../file-fault.ts";
import type { FileExtent, FileFormat } from "../file-format.ts";
import { askDuckDb } from "./duckdb-client.ts";
import type { ParquetCompression } from "./duckdb-messages.ts";

export type { ParquetCompression } from "./duckdb-messages.ts";

export interface ParquetOptions {
  /** The columns that are wanted, in this order; all where absent. */
  readonly columns?: readonly string[] | undefined;
}

const PART_BYTES = 2 ** 28;

/**
 * Decimals become float64. Dates become int32 days since 1970, times and timestamps the int64 that
 * DuckDB holds: microseconds, or nanoseconds where the file has those. Lists, structs, maps and
 * intervals have no counterpart.
 */
export const parquetFormat: FileFormat<ParquetOptions> = {
  name: "parquet",
  endings: [".parquet", ".pq"],

  async inspect(path, files, { columns }): Promise<FileExtent> {
    const [bytes, place] = [files.size(path), files.locate(path)];
    const asked = askDuckDb({ kind: "inspect", path, place, columns, bytes });
    const { extent } = (await naming(path, asked)).message;
    if (extent !== undefined) return extent;
    throw fileFault(path, "nothing was found out about it");
  },

  async read(path, files, { columns }, extent, range): Promise<Table> {
    const place = files.locate(path);
    const asked = askDuckDb({ kind: "read", path, place, columns, extent, range });
    return decodeTable((await naming(path, asked)).body);
  },
};

/** A process that ended while it read a file did so because of it, as far as anybody knows. */
async function naming<T>(path: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RtlError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw fileFault(path, reason, "give a whole Parquet file", error);
  }
}

/**
 * The table as a Parquet file, in groups of 122,880 rows. Text of any width becomes Parquet's text,
 * bytes its bytes. RTL_TABLE_INVALID for what the format cannot hold, RTL_OUTPUT_REFUSED where the
 * package is not there.
 */
export async function formatParquet(
  table: Table,
  compression: ParquetCompression = "snappy",
): Promise<Uint8Array[]> {
  if (table.columns.length === 0) {
    throw new RtlError("RTL_TABLE_INVALID", "a table without columns is no Parquet file");
  }
  // DuckDB writes files only; what it writes is taken from there to where it belongs.
  const folder = mkdtempSync(join(tmpdir(), "rtl-parquet-"));
  const place = join(folder, "draft.parquet");
  try {
    await askDuckDb({ kind: "write", place, compression }, encodeTableParts(table));
    return readParts(place);
  } catch (error) {
    if (error instanceof RtlError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_OUTPUT_REFUSED", `cannot write Parquet: ${reason}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file of any size; one read has a limit. */
function readParts(path: string): Uint8Array[] {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < size; ) {
      const part = new Uint8Array(Math.min(PART_BYTES, size - at));
      const got = readSync(descriptor, part, 0, part.length, at);
      if (got === 0) break;
      parts.push(part.subarray(0, got));
      at += got;
    }
    return parts;
  } finally {
    closeSync(descriptor);
  }
}
