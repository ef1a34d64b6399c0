/** Bytes at hand as a file, so that readers of files can read what never was one. */
import { RtlError } from "../protocol/errors.ts";
import type { TaskFiles } from "../task/context.ts";

/** The one file of this name. It cannot be written, and lies in no folder. */
export function memoryFile(name: string, bytes: Uint8Array): TaskFiles {
  const only = (path: string): Uint8Array => {
    if (path === name) return bytes;
    throw new RtlError("RTL_FILE_MISSING", `there is only ${name}, no ${path}`);
  };
  const refuse = (path: string): never => {
    const why = "it is in memory and not on a disk, where this format is read from";
    throw new RtlError("RTL_FILE_REFUSED", `${path}: ${why}`, {
      fix: "save it below a data folder, and open it there",
    });
  };
  return {
    find: (pattern) => (pattern === name ? [name] : []),
    size: (path) => only(path).length,
    read: (path, start = 0, end = bytes.length) => only(path).slice(start, end),
    write: refuse,
    locate: refuse,
  };
}
