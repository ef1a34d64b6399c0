/**
 * Counts how often each byte is in a file, in ranges of it. Bytes are counted two at a time, which are
 * told apart at the end, and four are looked at in a step, each two in counts of their own, so that a step
 * does not wait for the one before it. The counts still fit into the processor's cache.
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
    const [low, high] = [new Uint32Array(PAIRS), new Uint32Array(PAIRS)];
    const counts = new Float64Array(BYTES);
    const piece = new Uint8Array(PIECE);
    for (let at = range.start; at < range.end; at += PIECE) {
      const bytes = files.read(file, at, Math.min(range.end, at + PIECE), piece);
      countPairs(bytes, low, high);
      for (const byte of bytes.subarray(bytes.length & ~3)) counts[byte] = (counts[byte] ?? 0) + 1;
    }
    addPairs(low, counts);
    addPairs(high, counts);
    const byte = Float64Array.from({ length: BYTES }, (_, value) => value);
    return makeTable([numericColumn("byte", byte), numericColumn("count", counts)], BYTES);
  },
});

/** `bytes` begins at a multiple of four in its memory. */
function countPairs(bytes: Uint8Array, low: Uint32Array, high: Uint32Array): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    const first = word & 0xffff;
    const second = word >>> 16;
    low[first] = (low[first] as number) + 1;
    high[second] = (high[second] as number) + 1;
  }
}

function addPairs(pairs: Uint32Array, counts: Float64Array): void {
  for (let pair = 0; pair < PAIRS; pair++) {
    const count = pairs[pair] as number;
    counts[pair & 0xff] = (counts[pair & 0xff] as number) + count;
    counts[pair >> 8] = (counts[pair >> 8] as number) + count;
  }
}
