/**
 * Blocks that memory has no room for, each in a file of its own: written once, read whole or in pieces,
 * removed with its block. The folder is this process's alone; who cleans up behind a process that was
 * killed is whoever opens the folder above it next.
 */
import { mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { RtlError } from "../protocol/errors.ts";

export interface SpillSettings {
  /** A folder that nobody else uses; it is made when it is first needed. */
  readonly folder: string;
  /** Bytes that may lie there at once. */
  readonly bytesMax: number;
}

/** A block on disk. */
export interface SpilledBlock {
  readonly path: string;
  readonly bytes: number;
}

export class Spill {
  readonly #settings: SpillSettings;
  #bytes = 0;
  #next = 0;

  constructor(settings: SpillSettings) {
    this.#settings = settings;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Throws RTL_LIMIT_EXCEEDED when there is no room, and what the system says when it has none. */
  async write(parts: readonly Uint8Array[], bytes: number): Promise<SpilledBlock> {
    const { folder, bytesMax } = this.#settings;
    if (this.#bytes + bytes > bytesMax) {
      throw new RtlError("RTL_LIMIT_EXCEEDED", `${bytesMax} bytes may lie in ${folder}`);
    }
    // Counted before it is there: others may be on their way at the same time.
    this.#bytes += bytes;
    const path = join(folder, (this.#next++).toString(36));
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = await open(path, "wx", 0o600);
      try {
        for (const part of parts) await writeAll(file, part);
      } finally {
        await file.close();
      }
      return { path, bytes };
    } catch (error) {
      this.remove({ path, bytes });
      throw error;
    }
  }

  /** Fills `into` with what lies behind an offset. Throws when the file is gone or too short. */
  async read({ path }: SpilledBlock, offset: number, into: Uint8Array): Promise<void> {
    const file = await open(path, "r");
    try {
      for (let filled = 0; filled < into.length; ) {
        const { bytesRead } = await file.read(into, filled, into.length - filled, offset + filled);
        if (bytesRead === 0) throw new Error(`${path} is too short`);
        filled += bytesRead;
      }
    } finally {
      await file.close();
    }
  }

  /** What cannot be removed now is removed with the folder. */
  remove({ path, bytes }: SpilledBlock): void {
    this.#bytes -= bytes;
    rm(path, { force: true }).catch(() => undefined);
  }

  close(): void {
    rmSync(this.#settings.folder, { recursive: true, force: true });
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}
