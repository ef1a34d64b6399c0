/**
 * All that the core knows of a job: plain data, never changed in place, and small. Chunks that are
 * done collapse into intervals and chunks that wait are implied, so that a stage of a million
 * chunks weighs what its window weighs. Outputs are not here: see assemble.
 */
import type { ErrorCode } from "../protocol/errors.ts";
import type { ChunkIndex, Millis, NodeId, StageIndex } from "../protocol/ids.ts";
import { clocks } from "../protocol/limits.ts";
import type { Cut } from "./chunk.ts";
import type { Outcome, StageProgress } from "./command.ts";
import type { JobEvent } from "./event.ts";
import type { Intervals } from "./intervals.ts";
import type { Edge, Plan } from "./plan.ts";
import type { Sparse } from "./sparse.ts";

/** The chunk that stands for measuring a source, before it has chunks. */
export const MEASURE = -1 as ChunkIndex;

/** Bounds of the core itself; what may differ from job to job is in its plan. */
export interface FlowLimits {
  /**
   * Chunks by which a stage may be ahead of the stage that reads it chunk by chunk: so many, or so many
   * for each slot, where that is more.
   */
  readonly windowMax: number;
  readonly windowPerSlot: number;
  /** Bytes of the chunks between them, once it is known how large they are; two a slot are always allowed. */
  readonly windowBytes: number;
  /** Longest pause before a retry. */
  readonly retryMaxMs: Millis;
  /** Times that a piece of work may be lost with its node; such a loss costs it no attempt. */
  readonly lossesMax: number;
  /** Times that nodes may have no room for what comes of it; such a try costs no attempt either. */
  readonly shortagesMax: number;
  /** Work is slow when it has taken this long, and so many times what others of its stage took. */
  readonly copyAfterMs: Millis;
  readonly copyAfterMeans: number;
  /** Time that tasks of a failed job have to heed their signal. */
  readonly graceMs: Millis;
}

export const flowLimits: FlowLimits = {
  windowMax: 256,
  windowPerSlot: 4,
  windowBytes: 64 * 1024 * 1024,
  retryMaxMs: clocks.retryMaxMs as Millis,
  lossesMax: 5,
  shortagesMax: 8,
  copyAfterMs: 1_000 as Millis,
  copyAfterMeans: 3,
  graceMs: clocks.graceMs as Millis,
};

/** A piece of work that somebody has, or is about to get. */
export interface Flight {
  readonly attempt: number;
  /** Known once a node's beat has named the work. */
  readonly node: NodeId | undefined;
  readonly assignedAt: Millis;
  /** Since when its stage had waited for somebody to begin, when this was handed out. */
  readonly waitedSince: Millis;
  readonly leaseUntil: Millis;
  /** The attempt that this one is a copy of, while both are under way. */
  readonly original?: Flight | undefined;
  /** The highest attempt of its chunk, once one of two copies has come to nothing. */
  readonly attemptMax?: number;
}

/** A chunk that is to be tried again. */
export interface Retry {
  readonly chunk: ChunkIndex;
  readonly attempt: number;
  readonly notBefore: Millis;
}

/** One attempt that came to nothing. */
export interface Evidence {
  readonly attempt: number;
  readonly node: NodeId | undefined;
  readonly code: ErrorCode;
  readonly message: string;
  readonly at: Millis;
}

/** What is remembered of a chunk that did not go straight through. */
export interface Trouble {
  /** Results of attempts before this one point to outputs that are gone. */
  readonly validFrom: number;
  /** Its rows are in the stage's sum, from a time when it was done before. */
  readonly counted: boolean;
  readonly failures: readonly Evidence[];
}

export interface StageState {
  /** Its inputs have let it begin, once; they may have been lost again since. */
  readonly opened: boolean;
  /** How its input is cut; unknown until a source is measured or an input is complete. */
  readonly cut: Cut | undefined;
  /**
   * It was spared by a takeover before anybody knew how it is cut, and counts as one chunk that nobody
   * has. If it has to be made again after all, it is cut as it would have been: what others made of it
   * bears the numbers of those chunks.
   */
  readonly guessed: boolean;
  /** Rows, or units of a source, that are cut; 0 where chunks are taken as they come. */
  readonly units: number;
  /** Chunks whose input is there and that nobody has had yet, or that were handed back unseen. */
  readonly ready: Intervals;
  /** By chunk + 1, so that MEASURE has a place. */
  readonly inFlight: Sparse<Flight>;
  /** The earliest first. */
  readonly retries: readonly Retry[];
  readonly done: Intervals;
  readonly doneCount: number;
  /** Chunks that are done and whose output is gone, since nobody needed it any more. */
  readonly gone: Intervals;
  /** Chunks that a takeover spared: they are done, and nobody has said how many rows they have. */
  readonly unseen: Intervals;
  /** Rows of the chunks that are done, but for those unseen. */
  readonly rows: number;
  /**
   * Since when there is ready work of which nobody has begun any; undefined when there is none. What
   * was handed out and given back unseen has not begun.
   */
  readonly waitsSince: Millis | undefined;
  /** By chunk + 1. */
  readonly trouble: Sparse<Trouble>;
  /** What pieces took from being handed out until they were done, in sum, and how many they are. */
  readonly tookMs: number;
  readonly tookCount: number;
  /** Bytes of the outputs whose size was told, in sum, and how many they are. */
  readonly madeBytes: number;
  readonly madeCount: number;
  /** The highest attempt handed out of any chunk: work that must be new gets a higher one. */
  readonly attemptTop: number;
}

/** Who reads a stage, and how: the plan's edges, seen from their other end. */
export interface Reader {
  readonly stage: StageIndex;
  readonly by: Edge["by"];
}

interface Live {
  readonly plan: Plan;
  readonly stages: readonly StageState[];
  readonly readers: readonly (readonly Reader[])[];
  /** What `publish-progress` says, kept by stage so that a step renews only what it touched. */
  readonly progress: readonly StageProgress[];
  /** Stages that are not complete. */
  readonly stagesLeft: number;
  /**
   * The job's own time, which leases and pauses are measured in. It follows the events' time but
   * takes a longer silence, or a clock set forward, for one beat: else a relay that was held up
   * would take every node for dead. It never runs backwards.
   */
  readonly now: Millis;
  /** The time that the last event carried. */
  readonly seenAt: Millis;
  /** The last events, oldest first, for whoever has to explain a broken invariant. */
  readonly story: readonly JobEvent[];
}

export interface Running extends Live {
  readonly phase: "running";
}

export interface Cancelling extends Live {
  readonly phase: "cancelling";
  readonly by: string;
  readonly reason: string;
  readonly requestedAt: Millis;
  readonly graceMs: Millis;
  /** On the job's own time: whoever has not ended by then is given up. */
  readonly until: Millis;
}

export interface Settled extends Live {
  readonly phase: "settled";
  readonly outcome: Outcome;
}

export type JobState = Running | Cancelling | Settled;
export type Phase = JobState["phase"];

/** A breach of the rules is a fault of this program: it says what the job went through. */
export class BrokenRule extends Error {
  override readonly name = "BrokenRule";
  readonly story: readonly JobEvent[];

  constructor(state: JobState, rule: string) {
    const story = state.story.map((event) => JSON.stringify(event)).join("\n  ");
    super(`job ${state.plan.job}, ${state.phase}: ${rule}; its last events:\n  ${story}`);
    this.story = state.story;
  }
}

/** Throws a BrokenRule unless the condition holds. */
export function rule(condition: boolean, state: JobState, text: string): asserts condition {
  if (!condition) throw new BrokenRule(state, text);
}
