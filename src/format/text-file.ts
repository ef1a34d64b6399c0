/** Text files as their lines, and zlib streams as the bytes in them. */
import { inflateSync } from "node:zlib";
import { RtlError } from "../protocol/errors.ts";

/** More than this out of one file is taken for an attack rather than for data. */
const INFLATED_BYTES_MAX = 1_073_741_824;

/** What a zlib stream holds; RTL_FILE_INVALID, naming `file`, when it is none. */
export function inflate(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_FILE_INVALID", `file ${file}: cannot decompress it: ${reason}`, {
      fix: "it must be a whole zlib stream; leave out compression for plain text",
      cause: error,
    });
  }
}

/** The lines of UTF-8 text that are not empty, without their ends. */
export function textLines(bytes: Uint8Array, delimiter: string): string[] {
  const { buffer, byteOffset, length } = bytes;
  const text = Buffer.from(buffer, byteOffset, length).toString("utf8");
  return text
    .split(delimiter)
    .map((line) => (delimiter === "\n" ? line.replace(/\r$/, "") : line))
    .filter((line) => line !== "");
}
