/**
 * Counts how often each byte is in a file, in ranges of it. Bytes are counted two at a time, which are
 * told apart at the end: half as many steps, and the counts still fit into the processor's cache.
 */
import { defineTask, makeTable, numericColumn, z } from "rtl/task";

const PAIRS = 65_536;
const BYTES = 256;
/** Read at once, so that what is counted is still in the cache. */
const PIECE = 1_024 * 1_024;

export default defineTask({
  name: "benchBytes",
  summary: "a row for each of the 256 bytes: how often it is in the file",
  shape: "source",
  params: z.strictObject({ file: z.string() }),
  example: { file: "random.bin" },

  measure: ({ file }, { files }) => ({ units: files.size(file), unit: "bytes" as const }),

  run(_table, { file }, { files, range = { start: 0, end: files.size(file) } }) {
    const pairs = new Uint32Array(PAIRS);
    const counts = new Float64Array(BYTES);
    for (let at = range.start; at < range.end; at += PIECE) {
      const bytes = files.read(file, at, Math.min(range.end, at + PIECE));
      countPairs(bytes, pairs);
      const last = bytes.length % 2 === 1 ? bytes.at(-1) : undefined;
      if (last !== undefined) counts[last] = (counts[last] ?? 0) + 1;
    }
    for (let pair = 0; pair < PAIRS; pair++) {
      const count = pairs[pair] ?? 0;
      for (const byte of [pair & 0xff, pair >> 8]) counts[byte] = (counts[byte] ?? 0) + count;
    }
    const byte = Float64Array.from({ length: BYTES }, (_, value) => value);
    return makeTable([numericColumn("byte", byte), numericColumn("count", counts)], BYTES);
  },
});

function countPairs(bytes: Uint8Array, pairs: Uint32Array): void {
  const even = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const words = new Uint16Array(even.buffer, even.byteOffset, even.length >> 1);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    pairs[word] = (pairs[word] as number) + 1;
  }
}
