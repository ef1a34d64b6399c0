/**
 * What a relay that took a job over does with outputs that nodes still hold: it keeps them, and
 * spares the work that led to them, since their own inputs were let go in the job's former life.
 */
import type { ChunkIndex, Millis, StageIndex } from "../protocol/ids.ts";
import { type Draft, readersOf, stageOf, stateOf } from "./draft.ts";
import type { JobEvent } from "./event.ts";
import { add, has, interval, subtract } from "./intervals.ts";
import { commit, isNeeded, measured, openStage, settleIfDone, withoutChunk } from "./outputs.ts";
import { isComplete } from "./ready.ts";
import * as sparse from "./sparse.ts";
import { MEASURE } from "./state.ts";

/**
 * Commits an output that was found. While it is not known yet how the stage is cut, nothing is said
 * of it, neither kept nor let go: it can be told again later.
 */
export function adopt(draft: Draft, event: Extract<JobEvent, { type: "output-found" }>): void {
  const { work, rows, extent } = event;
  const { stage, chunk } = work;
  const { cut, opened, done } = stateOf(draft, stage);
  if (chunk === MEASURE) {
    if (opened && cut === undefined) measured(draft, work, extent);
    return;
  }
  if (cut === undefined) return;
  if (chunk >= cut.count || has(done, chunk)) {
    draft.commands.push({ type: "discard-output", work });
    return;
  }
  // If it is lost again, the next attempt must be told from this one, whoever handed this one out.
  const attemptTop = Math.max(stateOf(draft, stage).attemptTop, work.attempt);
  draft.change(stage, { attemptTop });
  commit(draft, work, rows);
  spareInputs(draft, stage, chunk);
  settleIfDone(draft);
}

/**
 * A node is at this work already: it is under way, as if it had been handed out here. While it is not
 * known yet how the stage is cut, nothing is said of it, so that it can be told again later.
 */
export function adoptFlight(
  draft: Draft,
  { work, node }: Extract<JobEvent, { type: "work-found" }>,
): void {
  const { stage, chunk, attempt } = work;
  const before = stateOf(draft, stage);
  const { cut, opened, done, attemptTop } = before;
  const isPossible =
    chunk === MEASURE ? opened && cut === undefined : cut !== undefined && chunk < cut.count;
  if (!isPossible || has(done, chunk)) return;
  // Of two nodes that are at the same work, the later attempt is the one that counts.
  if ((sparse.get(before.inFlight, chunk + 1)?.attempt ?? 0) >= attempt) return;
  const rest = withoutChunk(before, chunk);
  const leaseUntil = (draft.now + stageOf(draft, stage).leaseMs) as Millis;
  const flight = { attempt, node, assignedAt: draft.now, waitedSince: draft.now, leaseUntil };
  draft.change(stage, {
    ...rest,
    inFlight: sparse.set(rest.inFlight, chunk + 1, flight),
    attemptTop: Math.max(attemptTop, attempt),
  });
}

/** An output cannot be there unless its inputs were: those that nobody else needs are done. */
function spareInputs(draft: Draft, stage: StageIndex, chunk: ChunkIndex): void {
  for (const { from, by } of stageOf(draft, stage).inputs) {
    if (from === "input") continue;
    if (by === "chunk") spareChunk(draft, from, chunk);
    else spareStage(draft, from);
  }
}

function spareChunk(draft: Draft, stage: StageIndex, chunk: ChunkIndex): void {
  const before = stateOf(draft, stage);
  if (has(before.done, chunk) || isNeeded(draft, stage, chunk)) return;
  draft.change(stage, {
    ...withoutChunk(before, chunk),
    done: add(before.done, chunk),
    doneCount: before.doneCount + 1,
    gone: add(before.gone, chunk),
    unseen: add(before.unseen, chunk),
  });
  if (isComplete(draft, stage)) completeSpared(draft, stage);
  spareInputs(draft, stage, chunk);
}

/** A stage of which not even the number of chunks is known any more counts as one. */
function spareStage(draft: Draft, stage: StageIndex): void {
  const { cut, done } = stateOf(draft, stage);
  const readers = readersOf(draft, stage).filter((reader) => reader.by !== "after");
  const isRead = readers.some((reader) => !isComplete(draft, reader.stage));
  if (isRead || stage === draft.plan.result || isComplete(draft, stage)) return;
  const spared = cut ?? { size: 0, count: 1 };
  draft.change(stage, {
    opened: true,
    cut: spared,
    guessed: cut === undefined,
    ready: [],
    inFlight: sparse.emptySparse,
    retries: [],
    trouble: sparse.emptySparse,
    done: interval(0, spared.count),
    doneCount: spared.count,
    gone: interval(0, spared.count),
    unseen: subtract(interval(0, spared.count), done),
  });
  if (done.length > 0) draft.commands.push({ type: "release-outputs", stage });
  completeSpared(draft, stage);
  for (const { from } of stageOf(draft, stage).inputs) {
    if (from !== "input") spareStage(draft, from);
  }
}

function completeSpared(draft: Draft, stage: StageIndex): void {
  draft.stagesLeft--;
  for (const reader of readersOf(draft, stage)) openStage(draft, reader.stage);
}
