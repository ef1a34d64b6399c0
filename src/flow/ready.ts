/**
 * What may be handed out now. These are questions only; the answer of `take` is for one step to act
 * on. Nothing is handed out ahead of its input, its turn to be retried, or its window.
 */
import type { ChunkIndex, Millis, StageIndex } from "../protocol/ids.ts";
import { nowAt, readersOf, stageOf, stateOf, type View } from "./draft.ts";
import { count, first, has } from "./intervals.ts";
import type { Edge } from "./plan.ts";
import { get } from "./sparse.ts";
import { type FlowLimits, flowLimits, type JobState, type Retry } from "./state.ts";

export function isComplete(view: View, stage: StageIndex): boolean {
  const { cut, doneCount } = stateOf(view, stage);
  return cut !== undefined && doneCount === cut.count;
}

/** A chunk's output is there to be read. */
function isThere(view: View, stage: StageIndex, chunk: ChunkIndex): boolean {
  const { done, gone } = stateOf(view, stage);
  return has(done, chunk) && !has(gone, chunk);
}

/** Everything the stage needs before any of its chunks may run. */
export const isOpen = (view: View, stage: StageIndex): boolean =>
  stageOf(view, stage).inputs.every(
    ({ from, by }) => by === "chunk" || from === "input" || isComplete(view, from),
  );

/** Everything this one chunk needs in addition. */
export const hasChunkInputs = (view: View, stage: StageIndex, chunk: ChunkIndex): boolean =>
  stageOf(view, stage).inputs.every(
    ({ from, by }) => by !== "chunk" || from === "input" || isThere(view, from, chunk),
  );

/** Chunks by which a stage is ahead of the slowest that follows it chunk by chunk, if any does. */
export function leadOf(view: View, stage: StageIndex): number | undefined {
  let least: number | undefined;
  for (const reader of readersOf(view, stage)) {
    if (!keepsPace(view, reader.stage)) continue;
    const { doneCount } = stateOf(view, reader.stage);
    if (least === undefined || doneCount < least) least = doneCount;
  }
  if (least === undefined) return undefined;
  const { doneCount, inFlight } = stateOf(view, stage);
  return doneCount + inFlight.size - least;
}

/** Chunks by which this stage may be ahead: what lies between two stages takes memory. */
export function windowOf(view: View, stage: StageIndex, limits: FlowLimits): number {
  const { slots } = view.plan;
  const most = Math.max(limits.windowMax, limits.windowPerSlot * slots);
  const { madeBytes, madeCount } = stateOf(view, stage);
  if (madeBytes === 0) return most;
  const inBytes = Math.floor((limits.windowBytes * madeCount) / madeBytes);
  return Math.min(most, Math.max(2 * slots, inBytes));
}

/** Chunks that may still be handed out before the stages that read this one have to catch up. */
function room(view: View, stage: StageIndex, limits: FlowLimits): number {
  const lead = leadOf(view, stage);
  return lead === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(0, windowOf(view, stage, limits) - lead);
}

/** Whether a stage can follow another chunk by chunk; one that waits for a fold cannot. */
const keepsPace = (view: View, stage: StageIndex): boolean =>
  stageOf(view, stage).inputs.every((edge: Edge) => edge.by === "chunk");

/** How many chunks of a stage may be handed out at this time; counting ends at `max`. */
export function readyCount(
  state: JobState,
  stage: StageIndex,
  at: Millis,
  max: number = Number.POSITIVE_INFINITY,
  limits: FlowLimits = flowLimits,
): number {
  if (state.phase !== "running" || !isOpen(state, stage)) return 0;
  const { ready, retries } = stateOf(state, stage);
  const bound = Math.min(max, room(state, stage, limits));
  const now = nowAt(state, at);
  let found = 0;
  for (const { chunk, notBefore } of retries) {
    if (notBefore > now || found >= bound) break;
    if (hasChunkInputs(state, stage, chunk)) found++;
  }
  return found + count(ready, bound - found);
}

/**
 * Stages that have work to hand out at this time, those nearest to the result first: what is
 * finished soon lets go of its inputs soon.
 */
export function readyStages(
  state: JobState,
  at: Millis,
  limits: FlowLimits = flowLimits,
): readonly StageIndex[] {
  return state.plan.stages
    .map((stage) => stage.index)
    .filter((stage) => readyCount(state, stage, at, 1, limits) > 0)
    .reverse();
}

/** The next chunk to hand out, if any: what is to be retried first. */
export function take(
  view: View,
  stage: StageIndex,
  limits: FlowLimits,
): Pick<Retry, "chunk" | "attempt"> | undefined {
  if (!isOpen(view, stage) || room(view, stage, limits) === 0) return undefined;
  const { ready, retries, trouble } = stateOf(view, stage);
  for (const retry of retries) {
    if (retry.notBefore > view.now) break;
    if (hasChunkInputs(view, stage, retry.chunk)) return retry;
  }
  const next = first(ready);
  if (next === undefined) return undefined;
  const chunk = next as ChunkIndex;
  return { chunk, attempt: get(trouble, chunk + 1)?.validFrom ?? 1 };
}
