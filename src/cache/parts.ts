/**
 * Bytes that are larger than a message, in a bucket: they lie in parts under numbered keys. Whoever
 * keeps them remembers the head, by which they are found whole or not at all.
 */
import { createHash } from "node:crypto";
import type { KV } from "nats";
import { limits } from "../protocol/limits.ts";

/** What it takes to find the bytes again. */
export interface PartsHead {
  readonly parts: number;
  /** SHA-256 of all bytes, in hexadecimal. */
  readonly digest: string;
}

const size = limits.frameBytesMax;
const partKey = (key: string, part: number): string => `${key}.${part}`;
export const digestOf = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

export async function putParts(bucket: KV, key: string, bytes: Uint8Array): Promise<PartsHead> {
  const parts = Math.ceil(bytes.length / size);
  for (let part = 0; part < parts; part++) {
    const piece = bytes.subarray(part * size, Math.min(bytes.length, (part + 1) * size));
    await bucket.put(partKey(key, part), piece);
  }
  return { parts, digest: digestOf(bytes) };
}

/** Undefined where a part is gone, or two who wrote under one key have mixed their parts. */
export async function getParts(
  bucket: KV,
  key: string,
  { parts, digest }: PartsHead,
): Promise<Uint8Array | undefined> {
  const pieces = await Promise.all(
    Array.from({ length: parts }, (_, part) => bucket.get(partKey(key, part))),
  );
  const bytes = Buffer.concat(pieces.map((piece) => piece?.value ?? new Uint8Array()));
  return digestOf(bytes) === digest ? new Uint8Array(bytes) : undefined;
}

export async function removeParts(bucket: KV, key: string, parts: number): Promise<void> {
  for (let part = 0; part < parts; part++) await bucket.purge(partKey(key, part));
}
