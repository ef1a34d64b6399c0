/**
 * Work that takes much longer than its like is handed out a second time, to a slot that has nothing else
 * to do: its node may be slow, or about to die. Whichever copy is done first counts, as with every
 * attempt; one that comes to nothing leaves the other as it was.
 */
import type { ChunkIndex, Millis, StageIndex, Work } from "../protocol/ids.ts";
import { type Draft, stageOf, stateOf, type View } from "./draft.ts";
import type { JobEvent } from "./event.ts";
import { rangeIn, withoutChunk } from "./outputs.ts";
import { hasChunkInputs, isOpen } from "./ready.ts";
import * as sparse from "./sparse.ts";
import type { Flight, FlowLimits } from "./state.ts";

/** Pieces that must be done before anything can be said of how long such work takes. */
const doneMin = 3;

interface Straggler {
  readonly chunk: ChunkIndex;
  readonly flight: Flight;
}

/** The piece that is under way longest, if it is time for a copy of it. */
export function stragglerOf(
  view: View,
  stage: StageIndex,
  { copyAfterMs, copyAfterMeans }: FlowLimits,
): Straggler | undefined {
  const { ready, retries, inFlight, tookMs, tookCount } = stateOf(view, stage);
  if (inFlight.size === 0 || ready.length > 0 || retries.length > 0) return undefined;
  if (tookCount < doneMin || !stageOf(view, stage).repeatable || !isOpen(view, stage)) {
    return undefined;
  }
  const longMs = Math.max(copyAfterMs, (copyAfterMeans * tookMs) / tookCount);
  let oldest: Straggler | undefined;
  for (const [key, flight] of sparse.entries(inFlight)) {
    if (flight.original !== undefined || view.now - flight.assignedAt < longMs) continue;
    if (oldest !== undefined && oldest.flight.assignedAt <= flight.assignedAt) continue;
    const chunk = (key - 1) as ChunkIndex;
    // What it reads may have been lost since it began.
    if (hasChunkInputs(view, stage, chunk)) oldest = { chunk, flight };
  }
  return oldest;
}

/** The highest attempt that was handed out of what this is an attempt of. */
export const latestAttempt = ({ attempt, attemptMax = attempt }: Flight): number => attemptMax;

export function handOutCopy(
  draft: Draft,
  { stage }: Extract<JobEvent, { type: "copy-wanted" }>,
  limits: FlowLimits,
): void {
  const straggler = stragglerOf(draft, stage, limits);
  if (straggler === undefined) return;
  const { chunk, flight: original } = straggler;
  const { inFlight, attemptTop } = stateOf(draft, stage);
  const attempt = latestAttempt(original) + 1;
  const flight = {
    attempt,
    node: undefined,
    assignedAt: draft.now,
    waitedSince: original.waitedSince,
    leaseUntil: (draft.now + stageOf(draft, stage).leaseMs) as Millis,
    original,
  };
  draft.change(stage, {
    inFlight: sparse.set(inFlight, chunk + 1, flight),
    attemptTop: Math.max(attemptTop, attempt),
  });
  const work = { job: draft.plan.job, stage, chunk, attempt };
  const range = rangeIn(draft, work);
  draft.commands.push({ type: "assign-work", work, range, measure: false, apart: false });
}

/**
 * An attempt that was under way has ended without a result. True where that was one of two copies: the
 * other is under way still, with a lease that begins anew.
 */
export function endCopy(draft: Draft, { stage, chunk, attempt }: Work): boolean {
  const { inFlight } = stateOf(draft, stage);
  const flight = sparse.get(inFlight, chunk + 1);
  const original = flight?.original;
  if (flight === undefined || original === undefined) return false;
  if (attempt !== flight.attempt && attempt !== original.attempt) return false;
  const leaseUntil = (draft.now + stageOf(draft, stage).leaseMs) as Millis;
  const left =
    attempt === flight.attempt
      ? { ...original, leaseUntil, attemptMax: attempt }
      : { ...flight, original: undefined, attemptMax: latestAttempt(flight) };
  draft.change(stage, { inFlight: sparse.set(inFlight, chunk + 1, left) });
  return true;
}

/** One attempt is not under way any more, nor anything of its chunk unless a copy is. */
export function endFlight(draft: Draft, work: Work): void {
  if (endCopy(draft, work)) return;
  draft.change(work.stage, withoutChunk(stateOf(draft, work.stage), work.chunk));
}
