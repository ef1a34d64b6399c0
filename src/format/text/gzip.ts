/**
 * Compressed files: a whole file is unpacked into memory, up to limits.inflatedBytesMax, and read there
 * as if it stood on disk. Nothing else of a format changes.
 */
import { gunzipSync, inflateSync } from "node:zlib";
import { RtlError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { TaskFiles } from "../../task/context.ts";
import type { FileExtent, FileFormat } from "../file-format.ts";
import type { TextFormat } from "./text-format.ts";

const maxOutputLength = limits.inflatedBytesMax;

/** What a zlib stream holds; RTL_FILE_INVALID, naming `file`, when it is none. */
export const inflate = (bytes: Uint8Array, file: string): Uint8Array =>
  unpacked(file, "a whole zlib stream; leave out compression for plain text", () =>
    inflateSync(bytes, { maxOutputLength }),
  );

/** What a gzip file holds; RTL_FILE_INVALID, naming `file`, when it is none. */
export const gunzip = (bytes: Uint8Array, file: string): Uint8Array =>
  unpacked(file, "a whole gzip file", () => gunzipSync(bytes, { maxOutputLength }));

function unpacked(file: string, what: string, unpack: () => Uint8Array): Uint8Array {
  try {
    return unpack();
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const reason = error instanceof Error ? error.message : String(error);
    const mebibytes = limits.inflatedBytesMax / 1_048_576;
    throw new RtlError(
      "RTL_FILE_INVALID",
      tooLarge
        ? `file ${file}: it holds more than ${mebibytes} MiB`
        : `file ${file}: cannot decompress it: ${reason}`,
      { fix: tooLarge ? "unpack it before" : `it must be ${what}`, cause: error },
    );
  }
}

/** The files, one of which holds what it is compressed from. */
function withContent(files: TaskFiles, path: string, content: Uint8Array): TaskFiles {
  return {
    ...files,
    size: (other) => (other === path ? content.length : files.size(other)),
    read: (other, start, end) =>
      other === path ? content.subarray(start, end) : files.read(other, start, end),
  };
}

const wrapped = (bytes: number, { detail }: FileExtent): FileExtent => ({
  unit: "whole",
  units: bytes,
  unitsMin: bytes,
  bytes,
  detail,
});

/** What the format is to know of unpacked content, which is always read as a whole. */
const unwrapped = ({ detail }: FileExtent, bytes: number): FileExtent => ({
  unit: "bytes",
  units: bytes,
  unitsMin: bytes,
  bytes,
  detail,
});

/** The format whose files are compressed. */
export function gzipped<Options>(format: FileFormat<Options>): FileFormat<Options> {
  return {
    name: `${format.name}.gz`,
    endings: format.endings.map((ending) => `${ending}.gz`),
    async inspect(path, files, options) {
      const packed = files.read(path);
      const content = withContent(files, path, gunzip(packed, path));
      return wrapped(packed.length, await format.inspect(path, content, options));
    },
    read(path, files, options, extent) {
      const content = gunzip(files.read(path), path);
      const inside = unwrapped(extent, content.length);
      return format.read(path, withContent(files, path, content), options, inside, undefined);
    },
  };
}

/** The format of compressed text. */
export function gzippedText(format: TextFormat): TextFormat {
  return {
    ...gzipped(format),
    mayLackColumns: format.mayLackColumns,
    guesses: (extent) => format.guesses(extent),
    settled: (extent, types) => format.settled(extent, types),
  };
}
