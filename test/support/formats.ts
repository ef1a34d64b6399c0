/** Reads a file by its format as the runtime does, whole or cut, and damages files for tests. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { FileFormat } from "../../src/format/file-format.ts";
import { RtlError } from "../../src/protocol/errors.ts";
import type { Column } from "../../src/table/column.ts";
import { tableDifference } from "../../src/table/compare.ts";
import { decodeTable, encodeTable } from "../../src/table/ipc.ts";
import { withColumnMemory } from "../../src/table/memory.ts";
import { concatenate, makeTable, type Table } from "../../src/table/table.ts";
import type { TaskFiles } from "../../src/task/context.ts";
import { filesOf } from "./run-task.ts";

/** A file among the files that a task may touch. */
export interface Place {
  readonly path: string;
  readonly files: TaskFiles;
}

/** Writes a file into a folder of the test's own. */
export function placed(folder: string, name: string, parts: readonly Uint8Array[]): Place {
  writeFileSync(join(folder, name), Buffer.concat(parts));
  return { path: name, files: filesOf(folder) };
}

export async function readWhole<O>(
  format: FileFormat<O>,
  { path, files }: Place,
  options: O,
): Promise<Table> {
  const extent = await format.inspect(path, files, options);
  return inUsedMemory(() => format.read(path, files, options, extent, undefined));
}

/** In memory that was used before and is taken back afterwards, as on a tasknode. */
function inUsedMemory(read: () => Table | Promise<Table>): Promise<Table> {
  return withColumnMemory(
    async () => {
      const table = await read();
      return decodeTable(encodeTable(table));
    },
    { bytesMin: 0, spoil: true },
  );
}

/** The parts between these units, put together. */
export async function readCut<O>(
  format: FileFormat<O>,
  { path, files }: Place,
  options: O,
  cuts: readonly number[],
): Promise<Table> {
  const extent = await format.inspect(path, files, options);
  // What travels to every node is plain data.
  const travelled = structuredClone(extent);
  const ends = [...new Set([...cuts.map((cut) => Math.min(cut, extent.units)), extent.units])];
  ends.sort((a, b) => a - b);
  const parts: Table[] = [];
  for (const [index, end] of ends.entries()) {
    const range = { start: ends[index - 1] ?? 0, end };
    parts.push(await inUsedMemory(() => format.read(path, files, options, travelled, range)));
  }
  return concatenate(parts);
}

export function assertSame(found: Table, wanted: Table, what = ""): void {
  assert.equal(tableDifference(found, wanted), undefined, what);
}

/** The table with its text in the dtypes that it has in another: formats know fewer of them. */
export function withDtypesOf(read: Table, table: Table): Table {
  const columns = table.columns.map((column, at): Column => {
    const other = read.columns[at];
    return column.kind === "text" && other?.kind === "text"
      ? { ...column, dtype: other.dtype }
      : column;
  });
  return makeTable(columns, table.rows);
}

/** Changes, cuts and longer ends of a file's bytes. */
export const damages = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      places: fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
      end: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length + 20)),
    })
    .map(({ places, end }) => {
      const broken = new Uint8Array(end);
      broken.set(bytes.subarray(0, end));
      for (const [at, byte] of places) if (at < end) broken[at] = byte;
      return broken;
    });

/** Reads what may be damaged: a table or an RtlError, nothing else. */
export async function readOrRefuse<O>(
  format: FileFormat<O>,
  place: Place,
  options: O,
): Promise<Table | RtlError> {
  try {
    return await readWhole(format, place, options);
  } catch (error) {
    assert.ok(error instanceof RtlError, error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, "RTL_FILE_INVALID", error.message);
    return error;
  }
}

/** A file system that holds one file in memory, for properties that try many. */
export function fileInMemory(path: string, bytes: Uint8Array): Place {
  const refuse = (): never => {
    throw new RtlError("RTL_FILE_MISSING", "only one file is there");
  };
  const files: TaskFiles = {
    find: () => [path],
    size: () => bytes.length,
    read: (_path, start, end) => bytes.slice(start, end),
    write: refuse,
    locate: refuse,
  };
  return { path, files };
}
