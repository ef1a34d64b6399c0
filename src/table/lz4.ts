/**
 * Unpacks LZ4 frames, the usual compression of Arrow files (its specification: lz4_Frame_format.md and
 * lz4_Block_format.md of the LZ4 project). Every length is checked before it is believed; checksums are
 * passed over.
 */

const MAGIC = 0x184d2204;
/** A byte cannot stand for more bytes than this. */
const EXPANSION_MAX = 255;
const SHORTEST_MATCH = 4;

/** The `size` bytes that are in a frame. Throws an Error when there are others in it, or it is damaged. */
export function unpackLz4(frame: Uint8Array, size: number): Uint8Array {
  if (size < 0 || size > EXPANSION_MAX * frame.length) throw new Error("its LZ4 data are damaged");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const target = new Uint8Array(size);
  let filled = 0;
  let at = blocksOf(view);
  for (;;) {
    const word = word32(view, at);
    at += 4;
    const length = word & 0x7fffffff;
    if (length === 0) break;
    const isPlain = word >>> 31 === 1;
    if (at + length > frame.length) throw new Error("its LZ4 data are cut short");
    const block = frame.subarray(at, at + length);
    filled = isPlain ? copied(block, target, filled) : unpackBlock(block, target, filled);
    at += length + (hasBlockSums(view) ? 4 : 0);
  }
  if (filled !== size) throw new Error("its LZ4 data have another size than they say");
  return target;
}

function word32(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) throw new Error("its LZ4 data are cut short");
  return view.getUint32(at, true);
}

const FLAGS_AT = 4;
const hasBlockSums = (view: DataView): boolean => (view.getUint8(FLAGS_AT) & 0x10) !== 0;

/** Where the blocks of a frame begin. */
function blocksOf(view: DataView): number {
  if (
    view.byteLength < 7 ||
    view.getUint32(0, true) !== MAGIC ||
    view.getUint8(FLAGS_AT) >> 6 !== 1
  ) {
    throw new Error("it holds no LZ4 frame");
  }
  const flags = view.getUint8(FLAGS_AT);
  const [hasSize, hasDictionary] = [(flags & 0x08) !== 0, (flags & 0x01) !== 0];
  if (hasDictionary) throw new Error("its LZ4 data need a dictionary");
  return FLAGS_AT + 3 + (hasSize ? 8 : 0);
}

function copied(block: Uint8Array, target: Uint8Array, filled: number): number {
  if (filled + block.length > target.length) throw new Error("its LZ4 data are damaged");
  target.set(block, filled);
  return filled + block.length;
}

/** Unpacks a block behind what is there already, to which it may refer. Returns where it ends. */
function unpackBlock(block: Uint8Array, target: Uint8Array, filled: number): number {
  const end = block.length;
  let [at, to] = [0, filled];
  while (at < end) {
    const token = block[at++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = block[at++] as number;
        literals += more;
      }
    }
    if (at + literals > end || to + literals > target.length) {
      throw new Error("its LZ4 data are damaged");
    }
    for (const stop = at + literals; at < stop; ) target[to++] = block[at++] as number;
    // The last sequence is literals only.
    if (at === end) return to;
    const distance = (block[at] as number) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    let length = (token & 15) + SHORTEST_MATCH;
    if (length === 15 + SHORTEST_MATCH) {
      let more = 255;
      while (more === 255 && at < end) {
        more = block[at++] as number;
        length += more;
      }
    }
    if (distance === 0 || distance > to || to + length > target.length) {
      throw new Error("its LZ4 data are damaged");
    }
    // What is copied may overlap what it becomes: then it repeats.
    for (let from = to - distance; length > 0; length--) target[to++] = target[from++] as number;
  }
  return to;
}
