/**
 * W8: how often each byte is in a file of 1 GiB, in 64 chunks. Beside it the same counting in one loop,
 * and reading alone; the file is in the system's cache.
 */
import assert from "node:assert/strict";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { figureOf, type Round, timed } from "./figure.ts";
import { numbersOf } from "./numbers-of.ts";
import { withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly bytes: number;
}

const CHUNKS = 64;
const PIECE = 1_024 * 1_024;
const GIB = 1_024 ** 3;
const file = "random.bin";
const sum = { operations: [{ method: "sum", a: "count", column: "count" }], by: ["byte"] };
const document = {
  version: 1,
  stages: {
    count: { split: { chunks: CHUNKS }, tasks: [{ benchBytes: { file } }, { groupBy: sum }] },
  },
};

export const countBytes = defineWorkload<Sizes>({
  name: "W8",
  summary: "how often each byte is in a file of 1 GiB, in 64 chunks",
  unsaid: "how fast a disk is: the file is in the system's cache.",
  sizes: {
    full: { rounds: 5, bytes: GIB },
    quick: { rounds: 3, bytes: GIB / 4 },
    tiny: { rounds: 1, bytes: 300_001 },
  },
  run: (bench, { rounds: count, bytes }) =>
    withSystem(bench, { threads: [2] }, async ({ client, folder }) => {
      const path = join(folder, file);
      writeRandom(path, bytes);
      const expected = countAlone(path);
      const run = async () => (await client.submit(document, { mode: "ephemeral" })).result();
      const check = await run();
      assert.deepEqual([...numbersOf(check, "count")], [...expected]);
      const [against, reading]: [Round[], Round[]] = [[], []];
      for (let round = 0; round < count; round++) {
        const ours = [await timed(run)];
        against.push({ ours, baseline: [await timed(() => countAlone(path))] });
        reading.push({ ours, baseline: [await timed(() => read(path, () => undefined))] });
      }
      const name = `bytes of ${(bytes / GIB).toPrecision(2)} GiB counted in ${CHUNKS} chunks`;
      const peers = "1.7 s Moleculer, 1.9 s raspi-rtl, 2.1 s Dask";
      const aim = { text: "≤ 400 ms", of: "ours", atMost: 400 } as const;
      const shared = { unit: "ms", peers, ...(bytes === GIB && { aim }) } as const;
      return [
        figureOf({
          ...shared,
          ...(bytes === GIB && { best: 1_670 }),
          name,
          rounds: against,
          against: "one loop in one process",
        }),
        figureOf({ ...shared, name: `${name}, by reading`, rounds: reading, against: "reading" }),
      ];
    }),
});

function writeRandom(path: string, bytes: number): void {
  const piece = Buffer.alloc(PIECE);
  const descriptor = openSync(path, "w");
  // Xorshift: every byte follows from those before it, and all are about as frequent.
  let state = 0x9e3779b9;
  for (let at = 0; at < PIECE; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    piece.writeInt32LE(state | 0, at);
  }
  for (let at = 0; at < bytes; at += PIECE) {
    // Each piece is another, and the counts differ by more than chance.
    piece.fill(at / PIECE, 0, 1_000);
    writeSync(descriptor, piece, 0, Math.min(PIECE, bytes - at));
  }
  closeSync(descriptor);
}

function read(path: string, use: (bytes: Buffer) => void): void {
  const piece = Buffer.alloc(PIECE);
  const descriptor = openSync(path, "r");
  for (;;) {
    const count = readSync(descriptor, piece, 0, PIECE, null);
    if (count === 0) break;
    use(piece.subarray(0, count));
  }
  closeSync(descriptor);
}

function countAlone(path: string): Float64Array {
  const counts = new Float64Array(256);
  const ints = new Uint32Array(256);
  read(path, (bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      ints[byte] = (ints[byte] as number) + 1;
    }
  });
  counts.set(ints);
  return counts;
}
