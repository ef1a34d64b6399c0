/**
 * Reads what a user names on the command line: files, or `-` for the standard input. Sizes are
 * checked before anything is parsed, and an error names the file as it was typed.
 */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { RtlError } from "../src/protocol/errors.ts";
import { limits } from "../src/protocol/limits.ts";
import type { SourceText } from "./command.ts";

/** An input table larger than this belongs into a file that a task opens. */
const TABLE_BYTES_MAX = 1024 ** 3;

/** The text of a job document. */
export async function readDocument(file: string): Promise<SourceText> {
  const bytes = await readInput(file, limits.documentBytesMax, () => {
    const mebibytes = limits.documentBytesMax / 1024 ** 2;
    throw new RtlError("RTL_DOCUMENT_TOO_LARGE", `${shown(file)} is above ${mebibytes} MiB`, {
      fix: "keep data out of the document: name it in a task, or hand it in with --input",
    });
  });
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { file: shown(file), text };
  } catch {
    throw new RtlError("RTL_JOB_INVALID", `${shown(file)} is not text in UTF-8`, {
      fix: "a job document is YAML or JSON: see examples/",
    });
  }
}

/** A table as JSON (as rtl prints it, or records, or columns) or as Arrow IPC. */
export async function readTable(file: string) {
  const bytes = await readInput(file, TABLE_BYTES_MAX, () => {
    throw new RtlError("RTL_TABLE_INVALID", `${shown(file)} is above 1 GiB`, {
      fix: "let the job open the file with a task such as open or openArray",
    });
  });
  if (isArrow(bytes)) {
    const { readArrow } = await import("../src/table/ipc.ts");
    return readArrow(bytes);
  }
  const { tableFromContents } = await import("../src/table/contents.ts");
  return tableFromContents(readJson(bytes, file));
}

/** JSON given on the command line itself, or as `@FILE`. */
export async function readJsonArgument(argument: string, what: string): Promise<unknown> {
  if (!argument.startsWith("@")) return readJson(Buffer.from(argument), what);
  const file = argument.slice(1);
  return readJson(
    await readInput(file, limits.documentBytesMax, () => {
      throw new RtlError("RTL_DOCUMENT_TOO_LARGE", `${shown(file)} is too large for ${what}`);
    }),
    file,
  );
}

function readJson(bytes: Uint8Array, source: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RtlError("RTL_TABLE_INVALID", `${shown(source)} is not JSON: ${reason}`, { cause });
  }
}

/** Both forms of Arrow IPC: the file begins with a word, the stream with a continuation mark. */
const isArrow = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 6)).toString("latin1") === "ARROW1" ||
  (bytes[0] === 0xff && bytes[1] === 0xff && bytes[2] === 0xff && bytes[3] === 0xff);

const shown = (file: string): string => (file === "-" ? "standard input" : file);

async function readInput(file: string, bytesMax: number, tooLarge: () => never) {
  if (file === "-") return readStandardInput(bytesMax, tooLarge);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw isFolder(file);
    if (stat.size > bytesMax) return tooLarge();
    return readFileSync(descriptor);
  } catch (cause) {
    throw fileError(cause, file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** RTL_FILE_MISSING, _REFUSED or _INVALID when there is no such file that may be read. */
export function assertReadable(file: string): void {
  try {
    const descriptor = openSync(file, "r");
    const folder = fstatSync(descriptor).isDirectory();
    closeSync(descriptor);
    if (folder) throw isFolder(file);
  } catch (cause) {
    throw fileError(cause, file);
  }
}

const isFolder = (file: string): RtlError =>
  new RtlError("RTL_FILE_INVALID", `${file} is a folder`, { fix: "name a file" });

function fileError(cause: unknown, file: string): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (cause instanceof RtlError || code === undefined) return cause;
  if (code === "ENOENT" || code === "ENOTDIR") {
    const fix = "check the path; - reads from standard input";
    return new RtlError("RTL_FILE_MISSING", `there is no file ${file}`, { fix, cause });
  }
  const fix = "check who may read it";
  return new RtlError("RTL_FILE_REFUSED", `${file} cannot be read: ${code}`, { fix, cause });
}

async function readStandardInput(bytesMax: number, tooLarge: () => never): Promise<Buffer> {
  if (process.stdin.isTTY) {
    throw new RtlError("RTL_USAGE_INVALID", "- reads from standard input, but that is a terminal", {
      fix: "pipe a file into it, or name a file",
    });
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > bytesMax) return tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
