/** Errors about a file's content, which always name the file. */
import { RtlError } from "../protocol/errors.ts";

/** RTL_FILE_INVALID: what is wrong with the file, and what to do. */
export const fileFault = (path: string, what: string, fix?: string, cause?: unknown): RtlError =>
  new RtlError("RTL_FILE_INVALID", `file ${path}: ${what}`, {
    ...(fix !== undefined && { fix }),
    ...(cause !== undefined && { cause }),
  });

/** Reads something of a file: a table that cannot be made of it is the file's fault. */
export function readingFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asFileFault(path, error);
  }
}

/** An error met while a file was read; those that name the file already stay as they are. */
export function asFileFault(path: string, error: unknown): unknown {
  if (!(error instanceof RtlError) || error.code !== "RTL_TABLE_INVALID") return error;
  return fileFault(path, error.message, error.fix, error);
}
