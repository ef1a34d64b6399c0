/** What a tasknode needs of the bus and of the block store: the real ones fit, and so do a test's. */
import type { BlockStore } from "../blocks/blocks.ts";
import type { BlockRef } from "../blocks/fetch.ts";
import type { SharedMemory } from "../blocks/shared-memory.ts";
import type { Bus } from "../bus/bus.ts";
import type { Answers } from "../cache/answers.ts";

export type NodeBus = Pick<Bus, "publish" | "respond" | "subscribe">;
export interface NodeBlocks extends Pick<BlockStore, "read" | "release" | "isCrowded"> {
  put(job: string, bytes: Uint8Array): BlockRef;
  readonly memory: Pick<SharedMemory, "spare" | "keep" | "leave">;
}
export type NodeBlockStore = NodeBlocks & Pick<BlockStore, "releaseExcept" | "forgetFetched">;
/** Neither of them ever fails: what cannot be kept is not kept. */
export type NodeAnswers = Pick<Answers, "recall" | "remember">;
