/**
 * What becomes of outputs: one is committed, those that nobody will read again are released, and
 * those that are lost are made anew from their own inputs, as far back as it takes.
 */
import type { ChunkIndex, StageIndex, Work } from "../protocol/ids.ts";
import { type Cut, cut, rangeOf, rowsMin } from "./chunk.ts";
import type { Range } from "./command.ts";
import { type Draft, readersOf, stageOf, stateOf, type View } from "./draft.ts";
import type { Extent } from "./event.ts";
import { add, has, type Intervals, interval, members, remove, subtract } from "./intervals.ts";
import type { Edge } from "./plan.ts";
import { hasChunkInputs, isComplete, isOpen } from "./ready.ts";
import * as sparse from "./sparse.ts";
import { MEASURE, type StageState } from "./state.ts";

/** Lets a stage begin, once everything is there that all of its chunks need. */
export function openStage(draft: Draft, index: StageIndex): void {
  if (stateOf(draft, index).opened || !isOpen(draft, index)) return;
  draft.change(index, { opened: true });
  const stage = stageOf(draft, index);
  if (stage.shape === "source") {
    if (stateOf(draft, index).cut === undefined) {
      draft.change(index, { ready: interval(MEASURE, MEASURE + 1) });
    }
    return;
  }
  const chunked = stage.inputs.find((edge) => edge.by === "chunk");
  if (chunked !== undefined && chunked.from !== "input") {
    const { done, gone } = stateOf(draft, chunked.from);
    offer(draft, index, subtract(done, gone));
  } else if (stage.shape === "gather") {
    offer(draft, index, interval(0, 1));
  } else {
    const units = stage.inputs.reduce((sum, edge) => sum + rowsOf(draft, edge), 0);
    const { slots } = draft.plan;
    cutStage(
      draft,
      index,
      cut(units, { split: stage.split, unit: "rows", unitsMin: rowsMin, slots }),
      units,
    );
  }
}

const rowsOf = (view: View, { from }: Edge): number =>
  from === "input" ? view.plan.inputRows : stateOf(view, from).rows;

/** Fixes a stage's chunks, and with them those of the stages that follow it chunk by chunk. */
function cutStage(draft: Draft, index: StageIndex, how: Cut, units: number): void {
  learnCount(draft, index, how, units);
  offer(draft, index, interval(0, how.count));
}

/** A stage that a takeover spared before its chunks were known stays done, with all of them. */
function learnCount(draft: Draft, index: StageIndex, how: Cut, units: number): void {
  const all = interval(0, how.count);
  const spared = isComplete(draft, index) && {
    done: all,
    doneCount: how.count,
    gone: all,
    unseen: all,
  };
  draft.change(index, { cut: how, guessed: false, units, ...spared });
  for (const reader of readersOf(draft, index)) {
    if (reader.by === "chunk") learnCount(draft, reader.stage, { size: 0, count: how.count }, 0);
  }
}

/** A source that says nothing of its extent is one chunk. */
export function measured(draft: Draft, work: Work, extent: Extent | undefined): void {
  const { stage, chunk } = work;
  // What was found beside the extent goes to each of the chunks.
  draft.commands.push({ type: "commit-output", work });
  const before = stateOf(draft, stage);
  draft.change(stage, {
    ...withoutChunk(before, chunk),
    trouble: sparse.remove(before.trouble, chunk + 1),
  });
  const { units, unit, unitsMin } = extent ?? { units: 1, unit: "files", unitsMin: 1 };
  const { split } = stageOf(draft, stage);
  const { slots } = draft.plan;
  cutStage(draft, stage, cut(units, { split, unit, unitsMin, slots }), units);
}

/** Makes chunks ready that are not done yet, nor under way since before a takeover. */
function offer(draft: Draft, index: StageIndex, chunks: Intervals): void {
  const { done, inFlight, retries } = stateOf(draft, index);
  let ready = subtract(chunks, done);
  for (const [key] of sparse.entries(inFlight)) ready = remove(ready, key - 1);
  for (const { chunk } of retries) ready = remove(ready, chunk);
  draft.change(index, { ready });
}

/** The chunk is done, for good unless its output is lost; everything follows that hangs on it. */
export function commit(draft: Draft, work: Work, rows: number): void {
  const { stage, chunk } = work;
  const before = stateOf(draft, stage);
  const trouble = sparse.get(before.trouble, chunk + 1);
  draft.change(stage, {
    ...withoutChunk(before, chunk),
    done: add(before.done, chunk),
    doneCount: before.doneCount + 1,
    rows: before.rows + (trouble?.counted === true ? 0 : rows),
    trouble: sparse.remove(before.trouble, chunk + 1),
  });
  draft.commands.push({ type: "commit-output", work });
  followCommit(draft, stage, chunk);
}

/** What hangs on a chunk that has just become done. */
function followCommit(draft: Draft, stage: StageIndex, chunk: ChunkIndex): void {
  const completed = isComplete(draft, stage);
  if (completed) draft.stagesLeft--;
  for (const reader of readersOf(draft, stage)) {
    if (reader.by === "chunk") offerChunk(draft, reader.stage, chunk);
    if (completed) openStage(draft, reader.stage);
  }
  releaseChunk(draft, stage, chunk);
  for (const { from, by } of stageOf(draft, stage).inputs) {
    if (from === "input" || by === "after") continue;
    if (by === "chunk") releaseChunk(draft, from, chunk);
    if (completed) releaseStage(draft, from);
  }
}

export function settleIfDone(draft: Draft): void {
  if (draft.stagesLeft === 0) draft.settle({ state: "completed" });
}

/** What of its stage's input this work is; undefined where the whole of it is meant. */
export function rangeIn(view: View, { stage, chunk }: Work): Range | undefined {
  const { cut: how, units } = stateOf(view, stage);
  const isCut = how !== undefined && how.size > 0 && stageOf(view, stage).shape !== "gather";
  return isCut && chunk !== MEASURE ? rangeOf(chunk, how, units) : undefined;
}

/** The stage without any trace of the chunk among what waits and what is under way. */
export function withoutChunk(
  state: StageState,
  chunk: ChunkIndex,
): Pick<StageState, "ready" | "inFlight" | "retries"> {
  const { ready, inFlight, retries } = state;
  const waits = retries.length > 0 && retries.some((retry) => retry.chunk === chunk);
  return {
    ready: remove(ready, chunk),
    inFlight: sparse.remove(inFlight, chunk + 1),
    retries: waits ? retries.filter((retry) => retry.chunk !== chunk) : retries,
  };
}

/** Makes a chunk ready whose input has come, unless it is done or somebody has it already. */
export function offerChunk(draft: Draft, index: StageIndex, chunk: ChunkIndex): void {
  const state = stateOf(draft, index);
  if (!state.opened || has(state.done, chunk)) return;
  if (sparse.get(state.inFlight, chunk + 1) !== undefined) return;
  if (state.retries.some((retry) => retry.chunk === chunk)) return;
  if (hasChunkInputs(draft, index, chunk)) draft.change(index, { ready: add(state.ready, chunk) });
}

/** Whether anybody will read this output: the client, or a stage that is not through with it. */
export function isNeeded(view: View, stage: StageIndex, chunk: ChunkIndex): boolean {
  if (stage === view.plan.result) return true;
  return readersOf(view, stage).some(({ stage: reader, by }) => {
    if (by === "after") return false;
    return by === "chunk" ? !has(stateOf(view, reader).done, chunk) : !isComplete(view, reader);
  });
}

function releaseChunk(draft: Draft, stage: StageIndex, chunk: ChunkIndex): void {
  const { done, gone } = stateOf(draft, stage);
  if (!has(done, chunk) || has(gone, chunk) || isNeeded(draft, stage, chunk)) return;
  draft.change(stage, { gone: add(gone, chunk) });
  draft.commands.push({ type: "release-outputs", stage, chunk });
}

/** Releases what is left of a stage when all who read it are through. */
function releaseStage(draft: Draft, stage: StageIndex): void {
  const { done, gone } = stateOf(draft, stage);
  if (stage === draft.plan.result || subtract(done, gone).length === 0) return;
  const readers = readersOf(draft, stage).filter((reader) => reader.by !== "after");
  if (!readers.every((reader) => isComplete(draft, reader.stage))) return;
  draft.change(stage, { gone: done });
  draft.commands.push({ type: "release-outputs", stage });
}

/** The output of a chunk is gone with its holder: made anew if anybody still needs it. */
export function lose(draft: Draft, stage: StageIndex, chunk: ChunkIndex): void {
  const { done, gone } = stateOf(draft, stage);
  if (!has(done, chunk)) return;
  if (isNeeded(draft, stage, chunk)) redo(draft, stage, chunk);
  else draft.change(stage, { gone: add(gone, chunk) });
}

/** The chunk is not done any more, and neither are those of its inputs that are gone. */
function redo(draft: Draft, stage: StageIndex, chunk: ChunkIndex): void {
  const before = stateOf(draft, stage);
  if (!has(before.done, chunk)) return;
  if (isComplete(draft, stage)) draft.stagesLeft++;
  if (before.guessed) return begun(draft, stage);
  const attempt = before.attemptTop + 1;
  draft.change(stage, {
    done: remove(before.done, chunk),
    doneCount: before.doneCount - 1,
    gone: remove(before.gone, chunk),
    unseen: remove(before.unseen, chunk),
    attemptTop: attempt,
    trouble: sparse.set(before.trouble, chunk + 1, {
      validFrom: attempt,
      counted: !has(before.unseen, chunk),
      failures: [],
    }),
  });
  for (const { stage: reader, by } of readersOf(draft, stage)) {
    if (by !== "chunk") continue;
    draft.change(reader, { ready: remove(stateOf(draft, reader).ready, chunk) });
  }
  for (const { from, by } of stageOf(draft, stage).inputs) {
    if (from === "input" || by === "after") continue;
    const { gone } = stateOf(draft, from);
    if (by !== "chunk") for (const lost of members(gone)) redo(draft, from, lost as ChunkIndex);
    else if (has(gone, chunk)) redo(draft, from, chunk);
  }
  offerChunk(draft, stage, chunk);
}

/** A stage that was spared without knowing its chunks is begun as if nothing of it had ever been. */
function begun(draft: Draft, stage: StageIndex): void {
  const { attemptTop } = stateOf(draft, stage);
  draft.change(stage, {
    opened: false,
    cut: undefined,
    guessed: false,
    units: 0,
    ready: [],
    done: [],
    doneCount: 0,
    gone: [],
    unseen: [],
    rows: 0,
    attemptTop,
  });
  for (const { from, by } of stageOf(draft, stage).inputs) {
    if (from === "input" || by === "after") continue;
    for (const lost of members(stateOf(draft, from).gone)) redo(draft, from, lost as ChunkIndex);
  }
  openStage(draft, stage);
}
