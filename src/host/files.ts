/**
 * The files that tasks may touch: those below the data roots, and nothing else, whatever a path, a
 * `..` or a symbolic link says. Synchronous, because tasks run in threads of their own.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, normalize, resolve, sep } from "node:path";
import { RtlError } from "../protocol/errors.ts";
import type { TaskFiles } from "../task/context.ts";
import { findFiles } from "./find-files.ts";

/** One call of the system reads at most this much. */
const READ_BYTES_MAX = 1 << 30;
/** Larger ranges do not fit one array. */
const RANGE_BYTES_MAX = 2 ** 32;

/**
 * Access to the files below `roots`. A path is absolute inside a root, or relative to one; of
 * several roots the first that has the file counts, and of several that have the folder the first
 * is written.
 *
 * Throws RTL_FILE_REFUSED for a path that leads out, RTL_FILE_MISSING, naming the roots, for one
 * that leads nowhere, RTL_FILE_INVALID for what is no plain file or a range that is none, and
 * RTL_OUTPUT_REFUSED when the disk or its rights forbid writing.
 */
export function confinedFiles(roots: readonly string[]): TaskFiles {
  const folders = roots.map((root) => resolve(root));
  return {
    find: (pattern) => findFiles(folders, insidePath(pattern, folders)),
    size: (path) => withFile(folders, path, (_descriptor, bytes) => bytes),
    read: (path, start, end, into) =>
      withFile(folders, path, (descriptor, bytes) =>
        readRange(descriptor, path, bytes, start ?? 0, end ?? bytes, into),
      ),
    write: (path, parts) => writeFile(folders, path, parts),
    locate: (path) => withFile(folders, path, (_descriptor, _bytes, place) => place),
  };
}

/** The path in its shortest form; refused when already its text leads out of every root. */
function insidePath(path: string, roots: readonly string[]): string {
  if (path.includes("\0")) throw refused(path, "it holds a zero byte");
  const short = normalize(path);
  if (isAbsolute(short)) {
    if (roots.some((root) => isBelow(short, root))) return short;
    throw refused(path, `it is outside of ${list(roots)}`);
  }
  if (short === ".." || short.startsWith(`..${sep}`)) {
    throw refused(path, `it leads out of ${list(roots)}`);
  }
  return short;
}

const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The true place of an existing path, which must be below a true root. */
function truePath(
  roots: readonly string[],
  asked: string,
  shown: string,
  absent = missing,
): string {
  const short = insidePath(asked, roots);
  const candidates = isAbsolute(short) ? [short] : roots.map((root) => join(root, short));
  const found = candidates.map(realOrNone).find((path) => path !== undefined);
  if (found === undefined) throw absent(shown, roots);
  const trueRoots = roots.map(realOrNone).filter((root) => root !== undefined);
  if (trueRoots.some((root) => isBelow(found, root))) return found;
  throw refused(shown, `a link in it leads out of ${list(roots)}`);
}

function realOrNone(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw refused(path, code === "EACCES" ? "its folder may not be read" : code);
  }
}

function withFile<T>(
  roots: readonly string[],
  path: string,
  use: (descriptor: number, bytes: number, place: string) => T,
): T {
  // Without O_NONBLOCK the opening of a pipe would wait for its writer; O_NOFOLLOW is for a link
  // that took the file's place since its path was checked.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const place = truePath(roots, path, path);
  let descriptor: number;
  try {
    descriptor = openSync(place, flags);
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw missing(path, roots);
    throw refused(path, codeOf(error) === "EACCES" ? "it may not be read" : codeOf(error));
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) {
      const what = status.isDirectory() ? "a folder" : "not a plain file";
      throw new RtlError("RTL_FILE_INVALID", `${quote(path)} is ${what}`, {
        fix: status.isDirectory() ? `name the files in it: ${join(path, "*")}` : "name a file",
      });
    }
    return use(descriptor, status.size, place);
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes [start, end), cut off at the file's end, in `into` where they fit, else in memory of their own. */
function readRange(
  descriptor: number,
  path: string,
  bytes: number,
  start: number,
  end: number,
  into?: Uint8Array,
): Uint8Array {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new RtlError("RTL_FILE_INVALID", `${quote(path)}: ${start} to ${end} is no range`);
  }
  const length = Math.max(0, Math.min(end, bytes) - start);
  if (length > RANGE_BYTES_MAX) {
    throw new RtlError("RTL_FILE_INVALID", `${quote(path)}: ${length} bytes are too many at once`, {
      fix: "split the stage's input by bytes, so that it is read in ranges",
    });
  }
  // Not from the shared pool and not zeroed: every byte that is handed out was read.
  const target =
    into !== undefined && into.length >= length
      ? into.subarray(0, length)
      : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  let filled = 0;
  while (filled < length) {
    const wanted = Math.min(length - filled, READ_BYTES_MAX);
    const got = readSync(descriptor, target, filled, wanted, start + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled === length ? target : target.subarray(0, filled);
}

/** Writes beside the file and then takes its place, so that no reader ever sees half of it. */
function writeFile(roots: readonly string[], path: string, parts: readonly Uint8Array[]): void {
  const short = insidePath(path, roots);
  const name = basename(short);
  if (short.endsWith(sep) || name === "." || roots.includes(short)) {
    throw new RtlError("RTL_OUTPUT_REFUSED", `${quote(path)} names a folder, not a file`);
  }
  const folder = truePath(roots, dirname(short), path, missingFolder);
  const draft = join(folder, `.${name.slice(0, 100)}.${randomBytes(6).toString("hex")}.part`);
  try {
    writeDraft(draft, parts);
    renameSync(draft, join(folder, name));
  } catch (error) {
    removeDraft(draft);
    throw notWritten(path, error);
  }
}

function writeDraft(draft: string, parts: readonly Uint8Array[]): void {
  const descriptor = openSync(draft, "wx");
  try {
    for (const part of parts) writeAll(descriptor, part);
  } finally {
    closeSync(descriptor);
  }
}

function removeDraft(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // It was never made; why is in the error that is on its way.
  }
}

function writeAll(descriptor: number, part: Uint8Array): void {
  let written = 0;
  while (written < part.byteLength) {
    written += writeSync(descriptor, part, written, part.byteLength - written);
  }
}

const writeFaults: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "the folder may not be written",
  EPERM: "the folder may not be written",
  EROFS: "the disk is read-only",
  EISDIR: "a folder has this name",
  ENOTDIR: "its folder is not a folder",
  ENAMETOOLONG: "the name is too long",
};

function notWritten(path: string, error: unknown): RtlError {
  const code = codeOf(error);
  return new RtlError(
    "RTL_OUTPUT_REFUSED",
    `cannot write ${quote(path)}: ${writeFaults[code] ?? code}`,
    {
      cause: error,
    },
  );
}

const missing = (path: string, roots: readonly string[]): RtlError =>
  new RtlError("RTL_FILE_MISSING", `no file or folder ${quote(path)} in ${list(roots)}`, {
    fix: "check the name, or add its folder to RTL_DATA_ROOTS of the tasknodes",
  });

const missingFolder = (path: string, roots: readonly string[]): RtlError =>
  new RtlError("RTL_FILE_MISSING", `no folder for ${quote(path)} in ${list(roots)}`, {
    fix: "make the folder first, on every machine with a tasknode: tasks write files only",
  });

const refused = (path: string, why: string): RtlError =>
  new RtlError("RTL_FILE_REFUSED", `${quote(path)} is refused: ${why}`, {
    fix: "tasks touch only files below the folders of RTL_DATA_ROOTS",
  });

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
const quote = (path: string): string => JSON.stringify(path.slice(0, 300));
const list = (roots: readonly string[]): string =>
  roots.length === 0 ? "no folder (RTL_DATA_ROOTS is empty)" : roots.map(quote).join(", ");
