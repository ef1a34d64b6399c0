/**
 * What crosses the pipes between us and the process that DuckDB runs in: a request and its answer, each
 * a few words of JSON with bytes behind them. Both ends are ours; nothing here comes from outside.
 */
import type { Failure } from "../../protocol/errors.ts";
import type { UnitRange } from "../../task/context.ts";
import type { FileExtent } from "../file-format.ts";

export type ParquetCompression = "none" | "snappy" | "zstd" | "gzip";

/** A file to be read. */
interface FileRequest {
  /** The true path, and the one that was asked for, which errors name. */
  readonly place: string;
  readonly path: string;
  readonly columns?: readonly string[] | undefined;
}
export type DuckDbRequest =
  | ({ readonly kind: "inspect" } & FileRequest & { readonly bytes: number })
  | ({ readonly kind: "read" } & FileRequest & {
        readonly extent: FileExtent;
        readonly range: UnitRange | undefined;
      })
  /** Writes the table that is behind it, as an Arrow stream, to this place. */
  | { readonly kind: "write"; readonly place: string; readonly compression: ParquetCompression };

/** Behind it, the table that was read, as an Arrow stream. */
export interface DuckDbAnswer {
  readonly extent?: FileExtent;
  readonly failure?: Failure;
}

/** Bytes of the words, bytes of what is behind them. */
const HEAD_BYTES = 12;

/** A message, in pieces to be written one after the other. */
export function framed(message: unknown, body: readonly Uint8Array[] = []): Uint8Array[] {
  const words = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(words.length, 0);
  head.writeDoubleLE(
    body.reduce((sum, part) => sum + part.byteLength, 0),
    4,
  );
  return [head, words, ...body.filter(({ byteLength }) => byteLength > 0)];
}

export interface Framed<Message> {
  readonly message: Message;
  /** In memory of its own. */
  readonly body: Uint8Array;
}

/** Puts messages together from the pieces in which they arrive. */
export class FrameReader<Message> {
  #target: Uint8Array = new Uint8Array(HEAD_BYTES);
  #filled = 0;
  #bodyBytes = 0;
  #message: Message | undefined;
  #part: "head" | "words" | "body" = "head";

  /** Calls `take` for every message that is complete. */
  push(piece: Uint8Array, take: (framed: Framed<Message>) => void): void {
    let at = 0;
    while (at < piece.length) {
      const size = Math.min(piece.length - at, this.#target.length - this.#filled);
      this.#target.set(piece.subarray(at, at + size), this.#filled);
      this.#filled += size;
      at += size;
      while (this.#filled === this.#target.length) this.#turn(take);
    }
  }

  /** The part is complete: what comes next? */
  #turn(take: (framed: Framed<Message>) => void): void {
    const done = this.#target;
    if (this.#part === "head") {
      const view = new DataView(done.buffer);
      this.#bodyBytes = view.getFloat64(4, true);
      this.#expect("words", view.getUint32(0, true));
    } else if (this.#part === "words") {
      // Both ends of the pipe are of one version of one program.
      this.#message = JSON.parse(Buffer.from(done).toString()) as unknown as Message;
      this.#expect("body", this.#bodyBytes);
    } else {
      const message = this.#message as Message;
      this.#expect("head", HEAD_BYTES);
      take({ message, body: done });
    }
  }

  #expect(part: "head" | "words" | "body", bytes: number): void {
    this.#part = part;
    this.#target = new Uint8Array(bytes);
    this.#filled = 0;
  }
}
