/**
 * All that may happen to a job, in the past tense. Each event carries its own time: the core has no
 * clock, and a replay of the events is a replay of the job.
 */
import type { Failure } from "../protocol/errors.ts";
import type { ChunkIndex, Millis, NodeId, StageIndex, Work } from "../protocol/ids.ts";

/** What measuring a source found: how much there is to cut, and the smallest sensible piece. */
export interface Extent {
  readonly units: number;
  readonly unit: "rows" | "bytes" | "files";
  readonly unitsMin: number;
}

export type JobEvent = { readonly at: Millis } & (
  | {
      /** Slots are free: up to `count` pieces of this stage may be handed out. */
      readonly type: "work-wanted";
      readonly stage: StageIndex;
      readonly count: number;
    }
  /** Slots are free and nobody else wants them: what takes much too long may be handed out once more. */
  | { readonly type: "copy-wanted"; readonly stage: StageIndex }
  /**
   * Nobody took it: the bus had no free slot. The attempt does not count and is handed out again
   * under the same id, so the shell has to tell of each refusal once.
   */
  | { readonly type: "work-refused"; readonly work: Work }
  /**
   * A relay that took the job over learns that a node is at this work. Told after the outputs that
   * were found, and before any work is handed out.
   */
  | { readonly type: "work-found"; readonly work: Work; readonly node: NodeId }
  /** A node's beat named it: its lease begins anew. */
  | { readonly type: "work-renewed"; readonly work: Work; readonly node: NodeId }
  | {
      readonly type: "work-finished";
      readonly work: Work;
      readonly node: NodeId;
      readonly rows: number;
      /** Of its output, wherever that lies; absent where nobody knows. */
      readonly bytes?: number;
      /** Only for the measuring of a source. */
      readonly extent?: Extent;
    }
  /**
   * A relay that took the job over learns that a node still holds this output. Told before any work
   * is handed out, in the order of the stages, it spares the work that led to it.
   */
  | {
      readonly type: "output-found";
      readonly work: Work;
      readonly node: NodeId;
      readonly rows: number;
      /** Only for the measuring of a source. */
      readonly extent?: Extent;
    }
  | {
      readonly type: "work-failed";
      readonly work: Work;
      readonly node: NodeId | undefined;
      readonly failure: Failure;
      /** The task says that another try may help. */
      readonly retry: boolean;
    }
  | { readonly type: "node-lost"; readonly node: NodeId }
  /** The output of a finished chunk is gone with its holder. */
  | { readonly type: "block-lost"; readonly stage: StageIndex; readonly chunk: ChunkIndex }
  /** No node has offered this stage's tasks for longer than a job may wait. */
  | { readonly type: "stage-unplaceable"; readonly stage: StageIndex; readonly failure: Failure }
  | {
      readonly type: "cancel-requested";
      readonly by: string;
      readonly reason: string;
      /** Time that running tasks have to heed their signal; 0 ends them at once. */
      readonly graceMs: Millis;
    }
  | { readonly type: "clock-ticked" }
);

export type EventType = JobEvent["type"];
