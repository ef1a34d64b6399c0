/**
 * Fetches a block through its holder's door, straight into the memory where it is to lie. What has come
 * when it is cut off stays: the rest can be fetched another way.
 */
import { connect } from "node:net";
import type { BlockDoor } from "../protocol/block-messages.ts";
import { GREETING, HEAD_BYTES, SIZE_BYTES } from "./door.ts";

/** A block on its way: where it goes, and how much of it is there, from its beginning. */
export interface Arriving {
  readonly into: Uint8Array;
  received: number;
}

/** A holder that says nothing for so long is not waited for, in milliseconds. */
const silentMs = 10_000;

/** Resolves when all is there; rejects, with the reason, when that is not to be. */
export function receive(door: BlockDoor, arriving: Arriving): Promise<void> {
  const { path, address, token } = door;
  const place = path === undefined ? address : { path };
  if (place === undefined || token === undefined) return Promise.reject(new Error("no door"));
  const { into } = arriving;
  const size = Buffer.alloc(SIZE_BYTES);
  let sizeBytes = 0;
  const nothing = new Uint8Array(1);
  const isWhole = () => arriving.received === into.length;
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...place,
      onread: {
        buffer: () => {
          if (sizeBytes < SIZE_BYTES) return size.subarray(sizeBytes);
          return isWhole() ? nothing : into.subarray(arriving.received);
        },
        callback(count: number) {
          if (sizeBytes < SIZE_BYTES) {
            sizeBytes += count;
            const isFull = sizeBytes === SIZE_BYTES;
            const wanted = BigInt(into.length - arriving.received);
            if (isFull && size.readBigUInt64LE() !== wanted) socket.destroy(wrongSize());
          } else if (isWhole()) socket.destroy(wrongSize());
          else arriving.received += count;
          if (isWhole()) socket.destroy();
          return true;
        },
      },
    });
    socket.setTimeout(silentMs, () => socket.destroy(new Error("the holder fell silent")));
    socket.once("connect", () => socket.write(greeting(token, arriving.received)));
    socket.once("error", reject);
    socket.once("close", () => (isWhole() ? resolve() : reject(new Error("cut off"))));
  });
}

const wrongSize = () => new Error("a block of the wrong size");

function greeting(token: string, offset: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  GREETING.copy(head);
  head.write(token, GREETING.length, "hex");
  head.writeBigUInt64LE(BigInt(offset), GREETING.length + 16);
  return head;
}
