/** Shared memory of which so many bytes may lie ready, and nobody counts the rest. */
import { SharedMemory } from "../../src/blocks/shared-memory.ts";

export const sharedMemory = (keptBytesMax: number): SharedMemory =>
  new SharedMemory({
    keptBytesMax,
    bytesMax: Number.POSITIVE_INFINITY,
    dropped: () => undefined,
  });
