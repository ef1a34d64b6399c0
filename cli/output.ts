/**
 * Where a result goes and in which form. Everything that can be wrong with that is found before the
 * job is sent, because a result that cannot be written is work lost. A file is written beside its
 * place and then renamed, so that nobody ever sees half of it.
 */
import { once } from "node:events";
import { accessSync, closeSync, constants, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, extname } from "node:path";
import { RtlError } from "../src/protocol/errors.ts";
import { nearest } from "../src/protocol/nearest.ts";
import type { Table } from "../src/table/table.ts";
import type { Format } from "./formats.ts";
import { columnsOf } from "./terminal.ts";

/** Forms by the ending of a file's name. */
const endings: Readonly<Record<string, Format>> = {
  ".json": "json",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".csv": "csv",
  ".arrow": "arrow",
  ".txt": "table",
};

export interface Output {
  readonly format: Format;
  /** Absent: the standard output. */
  readonly file: string | undefined;
  /** Writes a result; fails with RTL_OUTPUT_REFUSED. */
  write(table: Table): Promise<void>;
}

interface OutputFlags {
  readonly out?: string | undefined;
  readonly format?: Format | undefined;
  /** The standard output is asked for JSON. */
  readonly json?: boolean;
}

/** Decides on the output; RTL_USAGE_INVALID or RTL_OUTPUT_REFUSED when it cannot work. */
export function planOutput({ out, format, json = false }: OutputFlags): Output {
  if (out !== undefined && out !== "-") {
    const form = format ?? formatOf(out);
    assertWritable(out);
    return { format: form, file: out, write: (table) => writeFile(out, table, form) };
  }
  const { isTTY } = process.stdout;
  const form = format ?? (json ? "json" : isTTY ? "table" : "ndjson");
  if (form === "arrow" && isTTY) {
    throw new RtlError("RTL_OUTPUT_REFUSED", "a terminal cannot show Arrow", {
      fix: "write it to a file with --out result.arrow, or pipe it on",
    });
  }
  return { format: form, file: undefined, write: (table) => writeStandard(table, form) };
}

function formatOf(file: string): Format {
  const ending = extname(file).toLowerCase();
  const format = endings[ending];
  if (format !== undefined) return format;
  const near = nearest(ending, Object.keys(endings));
  const known = `known endings: ${Object.keys(endings).join(" ")}; or say --format`;
  const fix = near === undefined ? known : `did you mean ${near}? ${known}`;
  const what = ending === "" ? "has no ending" : `has the unknown ending ${ending}`;
  throw new RtlError("RTL_USAGE_INVALID", `the output ${file} ${what}`, { fix });
}

function assertWritable(file: string): void {
  const folder = dirname(file);
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw refused(file, cause);
  }
}

function refused(file: string, cause: unknown): RtlError {
  const { code } = cause as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `its folder ${dirname(file)} does not exist`,
    ENOTDIR: `${dirname(file)} is no folder`,
    EACCES: `nothing may be written in ${dirname(file)}`,
    EROFS: `${dirname(file)} is read-only`,
    ENOSPC: "the disk is full",
    EISDIR: "it is a folder",
  };
  const reason = reasons[code ?? ""] ?? String(cause);
  return new RtlError("RTL_OUTPUT_REFUSED", `${file} cannot be written: ${reason}`, {
    fix: "choose another place with --out",
    cause,
  });
}

async function writeFile(file: string, table: Table, format: Format): Promise<void> {
  const { renderTable } = await import("./render/result.ts");
  const partial = `${file}.${process.pid}.part`;
  try {
    const descriptor = openSync(partial, "wx");
    try {
      for (const piece of renderTable(table, format)) writeWhole(descriptor, piece);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (cause) {
    rmSync(partial, { force: true });
    throw refused(file, cause);
  }
}

function writeWhole(descriptor: number, piece: string | Uint8Array): void {
  const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

async function writeStandard(table: Table, format: Format): Promise<void> {
  const { renderTable } = await import("./render/result.ts");
  const { stdout } = process;
  const room = stdout.isTTY ? { rows: 40, columns: columnsOf(stdout) } : undefined;
  for (const piece of renderTable(table, format, room)) {
    if (!stdout.write(piece)) await once(stdout, "drain");
  }
}
