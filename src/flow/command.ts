/** All that the core may tell the shell to do, in the imperative. */
import type { Failure } from "../protocol/errors.ts";
import type { ChunkIndex, Millis, StageIndex, Work } from "../protocol/ids.ts";
import type { Evidence } from "./state.ts";

export interface StageProgress {
  readonly done: number;
  /** Unknown until a source is measured or an input is complete. */
  readonly total: number | undefined;
  readonly inFlight: number;
  readonly rows: number;
}

export type Outcome =
  | { readonly state: "completed" }
  | { readonly state: "failed"; readonly failure: Failure }
  | {
      readonly state: "cancelled";
      readonly by: string;
      readonly reason: string;
      readonly at: Millis;
    };

/** Units [start, end) of a source, or rows [start, end) of an input that is cut by rows. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type JobCommand =
  | {
      readonly type: "assign-work";
      readonly work: Work;
      /** What of the stage's input this chunk is; absent where the whole of it is meant. */
      readonly range: Range | undefined;
      /** True when the work is to measure a source, not to read it. */
      readonly measure: boolean;
      /** It was lost with its node more than once: it is to run where it can harm nobody else. */
      readonly apart: boolean;
    }
  /** Nobody could do this work, and the job fails for it: what is known of it is to be kept. */
  | {
      readonly type: "bury-work";
      readonly work: Work;
      readonly range: Range | undefined;
      readonly reason: "poison" | "exhausted";
      readonly attempts: readonly Evidence[];
      readonly failure: Failure;
    }
  /** Everything of this job that runs anywhere is to end. */
  | { readonly type: "revoke-work"; readonly reason: string; readonly graceMs: Millis }
  /** One output arrived: the shell keeps it if, and only if, it is told so here. */
  | { readonly type: "commit-output"; readonly work: Work }
  /**
   * A late or doubled output: counted, its block let go, unless it is the very block that was
   * committed and its message came twice.
   */
  | { readonly type: "discard-output"; readonly work: Work }
  | { readonly type: "publish-progress"; readonly stages: readonly StageProgress[] }
  /** Nobody will read this stage's outputs again. */
  | { readonly type: "release-outputs"; readonly stage: StageIndex; readonly chunk?: ChunkIndex }
  | { readonly type: "settle-job"; readonly outcome: Outcome };
