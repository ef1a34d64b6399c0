/**
 * Looks through msgpack before it is decoded. The decoder makes a list as long as it is said to be
 * before its items are there, and nests as deep as it is told to: a hundred kilobytes of lists in
 * lists would end the process. Only what is bounded by its own bytes passes. It makes nothing itself.
 */
import { limits } from "./limits.ts";

/**
 * Throws an Error for a message that is cut short, too deep, has more behind it, or says that it
 * holds more than its bytes can.
 */
export function checkControl(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  /** Items that are still to come in each open list or map. */
  const open: number[] = [];
  /** The same over all of them: each takes a byte at least. */
  let awaited = 1;
  let left = 1;
  let at = 0;
  for (;;) {
    if (at >= end) throw cutShort();
    const head = bytes[at++] as number;
    left--;
    awaited--;
    let items = 0;
    if (head >= 0x80 && head <= 0x8f) items = 2 * (head & 0x0f);
    else if (head >= 0x90 && head <= 0x9f) items = head & 0x0f;
    else if (head >= 0xa0 && head <= 0xbf) at += head & 0x1f;
    else if (head >= 0xc0 && head <= 0xdf) {
      const [sizeBytes, more, factor] = heads[head - 0xc0] as Head;
      if (at + sizeBytes > end) throw cutShort();
      const size =
        sizeBytes === 0
          ? 0
          : sizeBytes === 1
            ? view.getUint8(at)
            : sizeBytes === 2
              ? view.getUint16(at)
              : view.getUint32(at);
      at += sizeBytes + more;
      if (factor === 0) at += size;
      else items = factor * size;
    }
    if (at > end) throw cutShort();
    if (items > 0) {
      awaited += items;
      if (awaited > end - at) throw cutShort();
      if (open.length >= limits.depthMax) throw new Error(`nested deeper than ${limits.depthMax}`);
      open.push(left);
      left = items;
    }
    while (left === 0) {
      const outer = open.pop();
      if (outer === undefined) {
        if (at !== end) throw new Error(`${end - at} bytes behind its end`);
        return;
      }
      left = outer;
    }
  }
}

const cutShort = (): Error => new Error("cut short");

/** Bytes of the size, bytes besides what the size says, and items for each that it counts. */
type Head = readonly [sizeBytes: number, more: number, factor: number];
const plain = (bytes: number): Head => [0, bytes, 0];

/** What follows each head from 0xC0 on. */
const heads: readonly Head[] = [
  // nil, the one that is never used, false, true
  ...[plain(0), plain(0), plain(0), plain(0)],
  // bytes, and extensions with a byte for their type
  ...([
    [1, 0, 0],
    [2, 0, 0],
    [4, 0, 0],
    [1, 1, 0],
    [2, 1, 0],
    [4, 1, 0],
  ] as const),
  // floats, unsigned and signed numbers
  ...[4, 8, 1, 2, 4, 8, 1, 2, 4, 8].map(plain),
  // extensions of a fixed size
  ...[2, 3, 5, 9, 17].map(plain),
  // texts, lists, maps
  ...([
    [1, 0, 0],
    [2, 0, 0],
    [4, 0, 0],
    [2, 0, 1],
    [4, 0, 1],
    [2, 0, 2],
    [4, 0, 2],
  ] as const),
];
