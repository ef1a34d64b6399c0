/**
 * A range of a text file in blocks that end wherever they end: whoever reads them takes what is whole
 * and is given the rest again, with more behind it. One block is in memory at a time.
 */
import { RtlError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { TaskFiles } from "../task/context.ts";
import { NEWLINE } from "./text/characters.ts";

/** Fits a core's cache beside the columns that are written. */
const BLOCK_BYTES = 1_048_576;
/** How much more is read at a time to find the end of the last record. */
const TAIL_BYTES = 65_536;

/**
 * Takes bytes [0, length) of a block, of which records that begin at `until` or later belong to
 * others, and returns how many bytes it is done with. The byte at `length` is a newline that does
 * not count. `final`: nothing comes behind them.
 */
export type TakeBlock = (
  bytes: Uint8Array,
  length: number,
  until: number,
  final: boolean,
  /** Where in the file the block begins. */
  position: number,
) => number;

/**
 * Hands the records that begin in bytes [start, end) of a file of `size` bytes to `take`.
 * RTL_FILE_INVALID when a record is larger than limits.recordBytesMax.
 */
export function takeBlocks(
  files: TaskFiles,
  path: string,
  { start, end, size }: { start: number; end: number; size: number },
  take: TakeBlock,
): void {
  let bytes = new Uint8Array(0);
  let held = 0;
  let position = start;
  while (position < end) {
    const from = position + held;
    const wanted = from < end ? Math.min(BLOCK_BYTES, end - from) : TAIL_BYTES;
    const more = files.read(path, from, Math.min(size, from + wanted));
    if (bytes.length < held + more.length + 1) {
      const larger = new Uint8Array(2 * held + more.length + 1);
      larger.set(bytes.subarray(0, held));
      bytes = larger;
    }
    bytes.set(more, held);
    held += more.length;
    bytes[held] = NEWLINE;
    const final = position + held >= size || more.length === 0;
    const done = take(bytes, held, Math.min(held, end - position), final, position);
    if (final) return;
    if (done === 0 && held > limits.recordBytesMax) throw tooLarge(files, path, position);
    bytes.copyWithin(0, done, held);
    held -= done;
    position += done;
  }
}

function tooLarge(files: TaskFiles, path: string, position: number): RtlError {
  const line = lineAt(files, path, position);
  const size = `${limits.recordBytesMax / 1_048_576} MiB`;
  return new RtlError(
    "RTL_FILE_INVALID",
    `file ${path}, line ${line}: a record is larger than ${size}`,
    { fix: "look for a quote that is never closed, or for line ends that are none" },
  );
}

/** Number, from 1, of the line that a place is in: only counted when something is wrong there. */
export function lineAt(files: TaskFiles, path: string, position: number): number {
  let line = 1;
  for (let at = 0; at < position; ) {
    const block = files.read(path, at, Math.min(position, at + BLOCK_BYTES));
    if (block.length === 0) break;
    for (let i = 0; i < block.length; i++) if (block[i] === NEWLINE) line++;
    at += block.length;
  }
  return line;
}

/**
 * Where the first line begins at `from` or later, in a file whose newlines all end lines; `size` when
 * none does.
 */
export function lineStart(files: TaskFiles, path: string, from: number, size: number): number {
  if (from <= 0) return 0;
  // The byte before tells whether a line begins exactly at `from`.
  for (let at = from - 1; at < size; ) {
    const block = files.read(path, at, Math.min(size, at + TAIL_BYTES));
    const newline = block.indexOf(NEWLINE);
    if (newline >= 0) return at + newline + 1;
    if (block.length === 0) break;
    at += block.length;
  }
  return size;
}
