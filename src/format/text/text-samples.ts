/** Which parts of a text file are looked at before the types of its columns are guessed. */
import { RtlError } from "../../protocol/errors.ts";
import type { TaskFiles } from "../../task/context.ts";

/** Files up to this size are looked at as a whole. */
const WHOLE_BYTES_MAX = 4_194_304;
/** Of larger files this much is looked at, at the beginning, in the middle and at the end. */
const SAMPLE_BYTES = 1_048_576;

export interface TextSample {
  readonly bytes: Uint8Array;
  /** Where in the file they begin. */
  readonly position: number;
  /** Where in them the first record begins. */
  readonly start: number;
  /** Whether the file ends with them; otherwise their last record may be cut. */
  readonly final: boolean;
}

/** The beginning of a file, which for a small one is all of it. */
export function headOf(files: TaskFiles, path: string, size: number): TextSample {
  const final = size <= WHOLE_BYTES_MAX;
  const bytes = files.read(path, 0, final ? size : SAMPLE_BYTES);
  return { bytes, position: 0, start: textStart(bytes, path), final };
}

/** Samples from a place on; `startOf` says where the first record begins at a place or later. */
export function* samplesOf(
  files: TaskFiles,
  path: string,
  size: number,
  from: number,
  startOf: (from: number) => number,
): Generator<TextSample> {
  const head = headOf(files, path, size);
  yield { ...head, start: Math.min(from, head.bytes.length) };
  if (head.final) return;
  for (const place of [Math.floor((size - SAMPLE_BYTES) / 2), size - SAMPLE_BYTES]) {
    const begin = startOf(Math.max(place, from));
    const bytes = files.read(path, begin, Math.min(size, begin + SAMPLE_BYTES));
    yield { bytes, position: begin, start: 0, final: begin + bytes.length >= size };
  }
}

/** Where the text begins, behind a byte order mark; RTL_FILE_INVALID when that is of UTF-16. */
export function textStart(head: Uint8Array, path: string): number {
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 3;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new RtlError("RTL_FILE_INVALID", `file ${path}: the text is UTF-16, not UTF-8`, {
      fix: "convert the file first, for example: iconv -f utf-16 -t utf-8",
    });
  }
  return 0;
}
