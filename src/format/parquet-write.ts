/**
 * Writes Parquet files, by way of DuckDB. They are made in a folder of their own, because DuckDB writes
 * files only, and handed out as bytes: where they belong is not known here.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RtlError } from "../protocol/errors.ts";
import type { Table } from "../table/table.ts";
import { inFolder, loadDuckDb, reasonOf, sqlText } from "./duckdb.ts";
import { offerRows } from "./duckdb-rows.ts";

export type ParquetCompression = "none" | "snappy" | "zstd" | "gzip";

const PART_BYTES = 2 ** 28;

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
  const duckDb = await loadDuckDb("writing Parquet", "RTL_OUTPUT_REFUSED");
  // DuckDB writes files only; what it writes is taken from there to where it belongs.
  const folder = mkdtempSync(join(tmpdir(), "rtl-parquet-"));
  const draft = join(folder, "draft.parquet");
  try {
    await inFolder(duckDb, folder, async (connection) => {
      const rows = offerRows(duckDb, connection, table);
      const codec = compression === "none" ? "uncompressed" : compression;
      await connection.run(
        `COPY (${rows}) TO ${sqlText(draft)} (FORMAT parquet, COMPRESSION ${codec})`,
      );
    });
    return readParts(draft);
  } catch (error) {
    if (error instanceof RtlError) throw error;
    const reason = reasonOf(error, draft, "it");
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
