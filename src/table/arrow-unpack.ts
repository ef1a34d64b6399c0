/**
 * Compressed batches of Arrow made plain ones: the same message, with its buffers unpacked, as it would
 * stand in a file that is not compressed. Everything else then treats both alike.
 */
import * as zlib from "node:zlib";
import { Header, type Message } from "./arrow-metadata.ts";
import { unpackLz4 } from "./lz4.ts";
import { batchMessage, dictionaryMessage } from "./stream-layout.ts";

/** Arrow's numbers of its codecs. */
const codecs = ["LZ4", "ZSTD"] as const;
/** Before each buffer: the size of what is in it, or that it stands as it is. */
const SIZE_BYTES = 8;
const AS_IT_IS = -1;
/** A byte of ZSTD can stand for very many; so many are enough for columns. */
const ZSTD_EXPANSION_MAX = 65_536;

/** The codec of a batch, by its number in `codecs`; undefined where it is not compressed. */
export function codecOf({ metadata, kind }: Message, header: number): number | undefined {
  if (kind === Header.schema) return undefined;
  const batch = kind === Header.dictionaryBatch ? metadata.child(header, 1) : header;
  const compression = batch === undefined ? undefined : metadata.child(batch, 3);
  return compression === undefined ? undefined : metadata.byte(compression, 0);
}

type Unpack = (packed: Uint8Array, size: number) => Uint8Array;

/** Throws an Error that names the codec where it cannot be unpacked here. */
export function unpackerOf(codec: number): Unpack {
  const name = codecs[codec];
  if (name === "LZ4") return unpackLz4;
  if (name === "ZSTD") return zstdUnpacker();
  throw new Error("its columns are compressed by a method that is not known");
}

/** Node has it from version 22.15 on. */
function zstdUnpacker(): Unpack {
  const { zstdDecompressSync } = zlib as {
    zstdDecompressSync?: (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
  };
  if (zstdDecompressSync === undefined) {
    const what = "its columns are compressed by ZSTD, which this version of Node does not unpack";
    throw new Error(`${what}: write it with LZ4 or without compression`);
  }
  return (packed, size) => {
    if (size > packed.length * ZSTD_EXPANSION_MAX) throw new Error("its ZSTD data are damaged");
    return zstdDecompressSync(packed, { maxOutputLength: Math.max(1, size) });
  };
}

/** A message and its body, in memory of their own. */
export interface PlainMessage {
  readonly bytes: Uint8Array;
  /** Bytes before the body. */
  readonly headBytes: number;
}

/** The same message with its body, of which `body` is all, unpacked; undefined where it is plain. */
export function unpacked(message: Message, body: () => Uint8Array): PlainMessage | undefined {
  const { header } = message;
  const codec = header === undefined ? undefined : codecOf(message, header);
  if (header === undefined || codec === undefined) return undefined;
  return withPlainBody(message, header, body(), unpackerOf(codec));
}

function withPlainBody(
  message: Message,
  header: number,
  body: Uint8Array,
  unpack: Unpack,
): PlainMessage {
  const { metadata, kind } = message;
  const batch = kind === Header.dictionaryBatch ? (metadata.child(header, 1) ?? header) : header;
  const pair = (place: number) => [metadata.int64At(place), metadata.int64At(place + 8)] as const;
  const columns = metadata.vector(batch, 1, 16).map(pair);
  const variadic = metadata.vector(batch, 4, 8).map((place) => metadata.int64At(place));
  const buffers: [number, number][] = [];
  const pieces: Uint8Array[] = [];
  let bodyBytes = 0;
  let packedBytes = 0;
  for (const place of metadata.vector(batch, 2, 16)) {
    const [offset, size] = pair(place);
    packedBytes += size;
    if (packedBytes > body.length) throw new Error("its columns overlap");
    const piece = bufferOf(body.subarray(offset, offset + size), unpack);
    buffers.push([bodyBytes, piece.length]);
    pieces.push(piece);
    bodyBytes += Math.ceil(piece.length / 8) * 8;
  }
  const rows = metadata.int64(batch, 0);
  const parts = { rows, columns, buffers, variadic, bodyBytes };
  const head =
    kind === Header.dictionaryBatch
      ? dictionaryMessage(metadata.int64(header, 0), metadata.byte(header, 2) !== 0, parts)
      : batchMessage(parts);
  const bytes = new Uint8Array(head.length + bodyBytes);
  bytes.set(head);
  pieces.forEach((piece, index) => {
    bytes.set(piece, head.length + (buffers[index]?.[0] ?? 0));
  });
  return { bytes, headBytes: head.length };
}

function bufferOf(buffer: Uint8Array, unpack: Unpack): Uint8Array {
  if (buffer.length === 0) return buffer;
  if (buffer.length < SIZE_BYTES) throw new Error("a compressed column is cut short");
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const size = view.getUint32(0, true) + 2 ** 32 * view.getInt32(4, true);
  const packed = buffer.subarray(SIZE_BYTES);
  if (size === AS_IT_IS) return packed;
  const found = unpack(packed, size);
  if (found.length !== size) throw new Error("a compressed column has another size than it says");
  return found;
}
