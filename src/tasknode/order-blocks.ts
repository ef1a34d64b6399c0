/** The blocks that the answer to one order leaves here: all of them, or, if it is never sent, none. */
import type { BlockRef } from "../blocks/fetch.ts";
import type { NodeBlocks } from "./node-bus.ts";

export class OrderBlocks {
  readonly #blocks: Pick<NodeBlocks, "put" | "release">;
  readonly #job: string;
  readonly #keys: string[] = [];

  constructor(blocks: Pick<NodeBlocks, "put" | "release">, job: string) {
    this.#blocks = blocks;
    this.#job = job;
  }

  /** Throws RTL_LIMIT_EXCEEDED where there is no room. */
  put(bytes: Uint8Array): BlockRef {
    const ref = this.#blocks.put(this.#job, bytes);
    this.#keys.push(ref.block);
    return ref;
  }

  /** Nobody has heard of them. */
  undo(): void {
    this.#blocks.release(this.#job, this.#keys);
  }
}
