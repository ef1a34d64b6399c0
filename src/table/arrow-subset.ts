/**
 * Arrow bytes of some of the batches of others, as a file or stream of its own: what a library is given
 * that reads nothing but wholes.
 */
import {
  type ArrowLayout,
  BLOCK_BYTES,
  type ByteSource,
  type MessagePlace,
} from "./arrow-layout.ts";
import { openMessage } from "./arrow-metadata.ts";
import { type PlainMessage, unpacked } from "./arrow-unpack.ts";
import { END_OF_STREAM, FILE_START } from "./stream-layout.ts";

/** A file or stream with these batches, in order, and all that they refer to. */
export const withBatches = (
  source: ByteSource,
  layout: ArrowLayout,
  batches: readonly MessagePlace[],
): Uint8Array =>
  layout.isFile ? fileOf(source, layout, batches) : streamOf(source, layout, batches);

function streamOf(
  source: ByteSource,
  { head, dictionaries }: ArrowLayout,
  batches: readonly MessagePlace[],
): Uint8Array {
  const last = batches.at(-1)?.start ?? 0;
  // A dictionary counts for the batches behind it, until another takes its place.
  const messages = [...dictionaries.filter(({ start }) => start < last), ...batches];
  messages.sort((a, b) => a.start - b.start);
  return joined([
    head,
    ...messages.map((place) => plainMessage(source, place).bytes),
    END_OF_STREAM,
  ]);
}

/** A file with the same footer, but for the places in it. */
function fileOf(
  source: ByteSource,
  { head, dictionaries, batches: all }: ArrowLayout,
  batches: readonly MessagePlace[],
): Uint8Array {
  const footer = new Uint8Array(head);
  const view = viewOf(footer);
  const pieces: Uint8Array[] = [FILE_START];
  let at = FILE_START.length;
  const list = (first: MessagePlace | undefined, wanted: readonly MessagePlace[]) => {
    if (first === undefined) return;
    wanted.forEach((place, position) => {
      const { bytes, headBytes } = plainMessage(source, place);
      const target = first.block + position * BLOCK_BYTES;
      view.setBigInt64(target, BigInt(at), true);
      view.setInt32(target + 8, headBytes, true);
      view.setBigInt64(target + 16, BigInt(bytes.length - headBytes), true);
      pieces.push(bytes);
      at += bytes.length;
    });
    // The length of a list is the word before it.
    view.setUint32(first.block - 4, wanted.length, true);
  };
  list(dictionaries[0], dictionaries);
  list(all[0], batches);
  const size = new Uint8Array(Int32Array.of(footer.length).buffer);
  return joined([...pieces, footer, size, FILE_START.subarray(0, -2)]);
}

/** A message with its body, unpacked where it was compressed. */
function plainMessage(source: ByteSource, { start, end }: MessagePlace): PlainMessage {
  const bytes = source.read(start, end);
  const message = openMessage(viewOf(bytes), 0);
  if (message === undefined) throw new Error("a message is gone");
  const plain = unpacked(message, () => bytes.subarray(message.body));
  return plain ?? { bytes, headBytes: message.body };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
