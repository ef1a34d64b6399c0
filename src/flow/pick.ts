/**
 * Which job's work goes next: the most urgent first, then submitters in turn, then each submitter's
 * jobs in turn. Waiting makes urgent, so that no job starves. It never looks inside a job.
 */
import type { JobId, Millis } from "../protocol/ids.ts";

/** What there is to choose from: one entry a job. */
export interface Candidate {
  readonly job: JobId;
  /** Whose job it is: turns are taken between submitters first. */
  readonly submitter: string;
  /** 0 to 9, higher first. */
  readonly priority: number;
  /** Chunks that may be handed out now. */
  readonly ready: number;
  readonly inFlight: number;
  /** When work of it was last handed out; when it was accepted, until then. */
  readonly lastServed: Millis;
}

/** A job that has waited this long is as urgent as one of the next higher priority. */
export const agingMs = 5_000 as Millis;

/** The job to serve, or nothing when no job has work to hand out. */
export function pick(candidates: readonly Candidate[], at: Millis): Candidate | undefined {
  const turns = turnsOf(candidates);
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.ready === 0) continue;
    if (best === undefined || compare(candidate, best, turns, at) < 0) best = candidate;
  }
  return best;
}

/** When a submitter was last served, and how much of it is under way, over all of its jobs. */
interface Turn {
  readonly lastServed: number;
  readonly inFlight: number;
}

function turnsOf(candidates: readonly Candidate[]): ReadonlyMap<string, Turn> {
  const turns = new Map<string, Turn>();
  for (const { submitter, lastServed, inFlight } of candidates) {
    const turn = turns.get(submitter) ?? { lastServed: 0, inFlight: 0 };
    turns.set(submitter, {
      lastServed: Math.max(turn.lastServed, lastServed),
      inFlight: turn.inFlight + inFlight,
    });
  }
  return turns;
}

/** Negative when the left goes first. What is in flight decides within one millisecond. */
function compare(
  left: Candidate,
  right: Candidate,
  turns: ReadonlyMap<string, Turn>,
  at: Millis,
): number {
  const leftTurn = turns.get(left.submitter) ?? left;
  const rightTurn = turns.get(right.submitter) ?? right;
  return (
    urgency(right, at) - urgency(left, at) ||
    leftTurn.lastServed - rightTurn.lastServed ||
    leftTurn.inFlight - rightTurn.inFlight ||
    left.lastServed - right.lastServed ||
    left.inFlight - right.inFlight ||
    (left.job < right.job ? -1 : 1)
  );
}

const urgency = ({ priority, lastServed }: Candidate, at: Millis): number =>
  priority + Math.floor(Math.max(0, at - lastServed) / agingMs);
