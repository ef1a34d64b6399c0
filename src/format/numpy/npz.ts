/**
 * .npz files: several .npy arrays in one zip archive, packed or not. Lists of one length are the
 * columns of a table; a matrix or records are a table by themselves. They are read in one piece.
 */
import { RtlError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { type Column, renamed } from "../../table/column.ts";
import { makeTable, type Table } from "../../table/table.ts";
import { fileFault, readingFile } from "../file-fault.ts";
import type { FileExtent, FileFormat } from "../file-format.ts";
import { formatNpy, readNpy } from "./npy.ts";

/** More arrays than this in one file are meant to hurt. */
const ENTRIES_MAX = 65_536;
/** One byte cannot stand for more bytes than this, by the way they are packed. */
const PACKING_MAX = 1_032;
/** The archives that are written here have places of 32 bits. */
const ARCHIVE_BYTES_MAX = 2 ** 32 - 2 ** 24;
/** What zip calls packed by deflate; 0 is as it stands. */
const DEFLATED = 8;

export const npzFormat: FileFormat = {
  name: "npz",
  endings: [".npz"],

  inspect(path, files): FileExtent {
    const bytes = files.size(path);
    return { unit: "whole", units: bytes, unitsMin: bytes, bytes };
  },

  async read(path, files): Promise<Table> {
    const entries = await unzipped(files.read(path), path);
    return readingFile(path, () => tableOf(entries, path));
  },
};

async function unzipped(archive: Uint8Array, path: string): Promise<Map<string, Uint8Array>> {
  const { unzipSync } = await import("fflate");
  const names: string[] = [];
  let packedBytes = 0;
  let inflatedBytes = 0;
  try {
    const found = unzipSync(archive, {
      filter({ name, size, originalSize, compression }) {
        packedBytes += size;
        if (compression === DEFLATED) inflatedBytes += originalSize;
        // What the archive says of itself decides how much memory is taken: it must be possible.
        const isPossible =
          compression === DEFLATED
            ? originalSize <= (size + 1) * PACKING_MAX
            : originalSize <= size;
        if (!isPossible || packedBytes > archive.length || names.length >= ENTRIES_MAX) {
          throw new Error("its directory is damaged");
        }
        if (inflatedBytes > limits.inflatedBytesMax) throw new Error("too much is in it");
        if (!name.endsWith(".npy")) throw new Error(`"${name}" in it is no array`);
        names.push(name);
        return true;
      },
    });
    return new Map(names.map((name) => [name, found[name] ?? new Uint8Array(0)]));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fileFault(path, `it cannot be unpacked: ${reason}`, "save it again with savez()", error);
  }
}

function tableOf(entries: ReadonlyMap<string, Uint8Array>, path: string): Table {
  const arrays = [...entries].map(([entry, bytes]) => {
    const name = entry.slice(0, -".npy".length);
    return { name, ...readNpy(bytes, `${path}, array ${name}`) };
  });
  const [first] = arrays;
  if (first === undefined) throw fileFault(path, "there is no array in it");
  if (arrays.length === 1 && !first.isList) return first.table;
  const odd = arrays.find(({ isList, table }) => !isList || table.rows !== first.table.rows);
  if (odd !== undefined) {
    const two = odd === first ? arrays.slice(0, 2) : [first, odd];
    const what = two.map(({ name, isList, table }) =>
      isList ? `array ${name} has ${table.rows} rows` : `array ${name} is no list`,
    );
    throw fileFault(
      path,
      what.join(", "),
      "lists of one length are a table, and so is one matrix: save others in files of their own",
    );
  }
  const columns = arrays.flatMap(({ name, table }) =>
    table.columns.map((column) => renamed(column, nameOf(column, name))),
  );
  return makeTable(columns, first.table.rows);
}

/** The list's name in place of its "0"; the two parts of complex numbers keep what they are. */
const nameOf = ({ name }: Column, list: string): string => list + name.slice(1);

/** The table as an archive of one list for each column, as numpy.savez() makes it. */
export async function formatNpz(table: Table, packed: boolean): Promise<Uint8Array[]> {
  const { zipSync } = await import("fflate");
  if (table.columns.length === 0) {
    throw new RtlError("RTL_TABLE_INVALID", "a table without columns is no .npz file");
  }
  const entries: Record<string, Uint8Array> = {};
  let bytes = 0;
  for (const column of table.columns) {
    const entry = Buffer.concat(formatNpy(makeTable([column])));
    bytes += entry.length;
    entries[`${column.name}.npy`] = entry;
  }
  if (bytes >= ARCHIVE_BYTES_MAX || table.columns.length >= ENTRIES_MAX) {
    throw new RtlError("RTL_TABLE_INVALID", "the table is too large for a .npz file", {
      fix: "write parts of it, or another format",
    });
  }
  // numpy's own date, so that one table is always the same file.
  return [zipSync(entries, { level: packed ? 6 : 0, mtime: new Date(1980, 0, 1) })];
}
