/**
 * What DuckDB is asked of Parquet files, inside of its own process: how many rows there are, the rows of
 * a range, and to write some.
 */
import { dirname } from "node:path";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from "@duckdb/node-api";
import { RtlError } from "../../protocol/errors.ts";
import { nearest } from "../../protocol/nearest.ts";
import type { TextDtype } from "../../table/column.ts";
import { makeTable, type Table } from "../../table/table.ts";
import type { UnitRange } from "../../task/context.ts";
import { fileFault } from "../file-fault.ts";
import type { FileExtent } from "../file-format.ts";
import {
  type DuckDb,
  inFolder,
  loadDuckDb,
  readingFolder,
  reasonOf,
  sqlName,
  sqlPath,
  sqlText,
} from "./duckdb.ts";
import { ColumnVectors, type Reading, readingOf } from "./duckdb-columns.ts";
import type { DuckDbRequest } from "./duckdb-messages.ts";
import { offerRows } from "./duckdb-rows.ts";

/** As many rows as DuckDB puts into a group. */
const CHUNK_ROWS_MIN = 122_880;
/** The column that DuckDB itself adds: a file that has one of this name is read by counting. */
const ROW_NUMBER = "file_row_number";

/** What is known of a file from before: how wide its columns of bytes are. */
interface ParquetDetail {
  readonly widths: readonly (readonly [column: string, bytes: number])[];
}

type Inspection = Extract<DuckDbRequest, { kind: "inspect" }>;
type Read = Extract<DuckDbRequest, { kind: "read" }>;
type Writing = Extract<DuckDbRequest, { kind: "write" }>;

/** What a Parquet file holds. */
export function inspectParquet(request: Inspection): Promise<FileExtent> {
  const { place, bytes } = request;
  return withFile(request, async ({ duckDb, connection, source }) => {
    const columns = await wantedColumns(duckDb, connection, source, request);
    const counted = await connection.runAndReadAll(
      `SELECT num_rows::DOUBLE FROM parquet_file_metadata(${sqlPath(place)})`,
    );
    const units = Number(counted.getRows()[0]?.[0] ?? Number.NaN);
    if (!Number.isSafeInteger(units) || units < 0) throw new Error("its number of rows is damaged");
    const raw = columns.filter(({ reading }) => reading.dtype === "bytes");
    const widths = await widthsOf(connection, source, raw);
    const detail = widths.length > 0 ? { detail: { widths } satisfies ParquetDetail } : {};
    const unitsMin = Math.max(1, Math.min(CHUNK_ROWS_MIN, units));
    return { unit: "rows", units, unitsMin, bytes, ...detail };
  });
}

/** The rows of a range, or all. */
export function readParquet(request: Read): Promise<Table> {
  const { place, extent, range } = request;
  return withFile(request, async ({ duckDb, connection, source }) => {
    const columns = await wantedColumns(duckDb, connection, source, request);
    const wanted = {
      start: range?.start ?? 0,
      end: Math.min(range?.end ?? Infinity, extent.units),
    };
    const rows = Math.max(0, wanted.end - wanted.start);
    const isAll = rows === extent.units;
    const sql = isAll ? selectOf(columns, source, "") : selectRows(columns, place, source, wanted);
    const { widths } = (extent.detail ?? { widths: [] }) as ParquetDetail;
    const table = await fetchTable(duckDb, connection, sql, columns, rows, new Map(widths));
    if (table.rows === rows) return table;
    throw new Error(`it has ${table.rows} rows where it should have ${rows}`);
  });
}

/** Writes a table to a place of its own, in groups of 122,880 rows. */
export async function writeParquet({ place, compression }: Writing, table: Table): Promise<void> {
  const duckDb = await loadDuckDb("writing Parquet", "RTL_OUTPUT_REFUSED");
  const codec = compression === "none" ? "uncompressed" : compression;
  try {
    await inFolder(duckDb, dirname(place), async (connection) => {
      const rows = offerRows(duckDb, connection, table);
      const options = `FORMAT parquet, COMPRESSION ${codec}`;
      await connection.run(`COPY (${rows}) TO ${sqlText(place)} (${options})`);
    });
  } catch (error) {
    if (error instanceof RtlError) throw error;
    const reason = reasonOf(error, place, "it");
    throw new RtlError("RTL_OUTPUT_REFUSED", `cannot write Parquet: ${reason}`, { cause: error });
  }
}

interface OpenFile {
  readonly duckDb: DuckDb;
  readonly connection: DuckDBConnection;
  /** What to select from. */
  readonly source: string;
}

async function withFile<T>(
  { place, path }: Inspection | Read,
  run: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const duckDb = await loadDuckDb("reading Parquet", "RTL_FILE_INVALID");
  // A folder's name may look like a column's value; that is not of the file.
  const source = `read_parquet(${sqlPath(place)}, hive_partitioning = false)`;
  try {
    return await readingFolder(duckDb, dirname(place), (connection) =>
      run({ duckDb, connection, source }),
    );
  } catch (error) {
    if (error instanceof RtlError) throw error;
    throw fileFault(path, reasonOf(error, place, path), "give a whole Parquet file", error);
  }
}

interface WantedColumn {
  readonly name: string;
  readonly reading: Reading;
}

async function wantedColumns(
  duckDb: DuckDb,
  connection: DuckDBConnection,
  source: string,
  { columns: asked, path }: Inspection | Read,
): Promise<WantedColumn[]> {
  const found = await connection.run(`SELECT * FROM ${source} LIMIT 0`);
  const [names, types] = [found.columnNames(), found.columnTypes()];
  return (asked ?? names).map((name) => {
    const type = types[names.indexOf(name)];
    if (type === undefined) throw unknownColumn(path, name, names);
    const reading = readingOf(duckDb, type.typeId);
    if (reading !== undefined) return { name, reading };
    const fix = "name the columns that are wanted, without it";
    throw fileFault(path, `column "${name}" has the type ${type}, which has no counterpart`, fix);
  });
}

function unknownColumn(path: string, name: string, names: readonly string[]): RtlError {
  const near = nearest(name, names);
  const fix =
    near === undefined
      ? `its columns are ${names.slice(0, 12).join(", ")}`
      : `did you mean "${near}"?`;
  return new RtlError("RTL_COLUMN_UNKNOWN", `file ${path} has no column "${name}"`, { fix });
}

/** The widest value of each column of bytes, which is their dtype: of a part alone it would differ. */
async function widthsOf(
  connection: DuckDBConnection,
  source: string,
  raw: readonly WantedColumn[],
): Promise<ParquetDetail["widths"]> {
  if (raw.length === 0) return [];
  const widest = raw.map(({ name }) => `max(octet_length(${sqlName(name)}))::DOUBLE`);
  const found = await connection.runAndReadAll(`SELECT ${widest.join(", ")} FROM ${source}`);
  const [row = []] = found.getRows();
  return raw.map(({ name }, at) => [name, Number(row[at] ?? 0)] as const);
}

function selectOf(columns: readonly WantedColumn[], source: string, rest: string): string {
  const values = columns.map(({ name, reading: { cast } }) =>
    cast === undefined ? sqlName(name) : `CAST(${sqlName(name)} AS ${cast})`,
  );
  return `SELECT ${values.join(", ")} FROM ${source} ${rest}`;
}

function selectRows(
  columns: readonly WantedColumn[],
  place: string,
  source: string,
  { start, end }: UnitRange,
): string {
  const isTaken = columns.some(({ name }) => name.toLowerCase() === ROW_NUMBER);
  if (isTaken) return selectOf(columns, source, `LIMIT ${end - start} OFFSET ${start}`);
  const numbered = `read_parquet(${sqlPath(place)}, hive_partitioning = false, ${ROW_NUMBER} = true)`;
  const where = `WHERE ${ROW_NUMBER} >= ${start} AND ${ROW_NUMBER} < ${end}`;
  return selectOf(columns, numbered, where);
}

async function fetchTable(
  duckDb: DuckDb,
  connection: DuckDBConnection,
  sql: string,
  columns: readonly WantedColumn[],
  rows: number,
  widths: ReadonlyMap<string, number>,
): Promise<Table> {
  const collected = columns.map(
    ({ name, reading }) => new ColumnVectors(duckDb, name, reading.dtype, rows, columns.length),
  );
  let found = 0;
  await forChunks(await connection.stream(sql), (chunk, count) => {
    for (const [at, column] of collected.entries()) column.add(chunk, at, count);
    found += count;
  });
  const finished = collected.map((column, at) => {
    const { name = "", reading } = columns[at] ?? {};
    const dtype: TextDtype = reading?.dtype === "bytes" ? `|S${widths.get(name) ?? 0}` : "O";
    return column.finish(dtype);
  });
  return makeTable(finished, found);
}

/** Takes every chunk of a result; DuckDB makes the next one meanwhile. */
async function forChunks(
  result: DuckDBResult,
  take: (chunk: DuckDBDataChunk, count: number) => void,
): Promise<void> {
  let next = result.fetchChunk();
  try {
    for (;;) {
      const chunk = await next;
      if (chunk === null || chunk.rowCount === 0) return;
      next = result.fetchChunk();
      take(chunk, chunk.rowCount);
    }
  } catch (error) {
    // The connection may not be closed while it works.
    await next.catch(() => undefined);
    throw error;
  }
}
