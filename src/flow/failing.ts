/**
 * What follows a failure. Attempts are counted here and nowhere else. The user's errors are never
 * tried again, the task's if the task says so, the system's always, each up to the stage's bound.
 */
import { errorKinds, type Failure } from "../protocol/errors.ts";
import { type Millis, type NodeId, type Work, workId } from "../protocol/ids.ts";
import { limits as bounds } from "../protocol/limits.ts";
import { type Draft, stageOf, stateOf } from "./draft.ts";
import { withoutChunk } from "./outputs.ts";
import * as sparse from "./sparse.ts";
import { type Evidence, type FlowLimits, MEASURE, type Retry } from "./state.ts";

/** One attempt of work that was under way came to nothing. */
export interface Attempt {
  readonly work: Work;
  readonly node: NodeId | undefined;
  readonly failure: Failure;
  /** The task says that another try may help. */
  readonly retry: boolean;
}

/** Either the work is to be tried again, or the job has failed. */
export function failAttempt(draft: Draft, attempt: Attempt, limits: FlowLimits): void {
  const { work, node, failure } = attempt;
  const { stage, chunk } = work;
  const before = stateOf(draft, stage);
  const trouble = sparse.get(before.trouble, chunk + 1);
  const evidence = { attempt: work.attempt, node, code: failure.code, message: failure.message };
  const failures = [...(trouble?.failures ?? []), evidence];
  const { attemptsMax, backoffMs } = stageOf(draft, stage);
  const used = failures.filter(counts).length;
  if (!mayRetry(attempt) || used >= attemptsMax || failures.length >= bounds.attemptsMax) {
    failJob(draft, finalFailure(draft, attempt, failures), limits);
    return;
  }
  const pauseMs = pause(work, backoffMs, used, wasLost(evidence), limits);
  const retry = {
    chunk,
    attempt: work.attempt + 1,
    notBefore: (draft.now + pauseMs) as Millis,
  };
  const rest = withoutChunk(before, chunk);
  draft.change(stage, {
    ...rest,
    retries: inserted(rest.retries, retry),
    trouble: sparse.set(before.trouble, chunk + 1, {
      validFrom: trouble?.validFrom ?? 1,
      counted: trouble?.counted ?? false,
      failures,
    }),
  });
}

/** A lost input is not the work's fault: it costs none of its attempts. */
const counts = (evidence: Evidence): boolean => evidence.code !== "RTL_BLOCK_LOST";

const wasLost = ({ code }: Evidence): boolean =>
  code === "RTL_WORK_LOST" || code === "RTL_BLOCK_LOST";

function mayRetry({ failure, retry }: Attempt): boolean {
  const { kind, retryable } = errorKinds[failure.code];
  return kind === "system" ? retryable : kind === "task" && retry;
}

/** What was lost with its node is tried again at once: it is the node that is ill, not the work. */
function pause(
  work: Work,
  baseMs: Millis,
  used: number,
  lost: boolean,
  limits: FlowLimits,
): number {
  const doublings = lost ? used - 2 : used - 1;
  if (doublings < 0) return 0;
  const pauseMs = Math.min(baseMs * 2 ** doublings, limits.retryMaxMs);
  return Math.round(pauseMs * (0.75 + 0.5 * fraction(workId(work))));
}

/** A number in [0, 1) that is the same for the same text: FNV-1a, then mixed. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

export function inserted(retries: readonly Retry[], retry: Retry): readonly Retry[] {
  const later = retries.findIndex((other) => other.notBefore > retry.notBefore);
  return later === -1 ? [...retries, retry] : retries.toSpliced(later, 0, retry);
}

/** The last failure, with its place; a failure of the system says what was tried and where. */
function finalFailure(
  draft: Draft,
  { work, node, failure }: Attempt,
  failures: readonly Evidence[],
): Failure {
  const { name } = stageOf(draft, work.stage);
  const at = {
    job: work.job,
    stage: name,
    ...(work.chunk !== MEASURE && { chunk: work.chunk }),
    attempt: work.attempt,
    ...(node !== undefined && { node }),
    ...failure.at,
  };
  if (errorKinds[failure.code].kind !== "system" || !errorKinds[failure.code].retryable) {
    return { ...failure, at };
  }
  const tries = failures.map(
    (one) => `attempt ${one.attempt} on ${one.node ?? "an unknown node"}: ${one.message}`,
  );
  const what = work.chunk === MEASURE ? "measuring its source" : `chunk ${work.chunk}`;
  const message = `stage "${name}", ${what}: all attempts failed (${tries.join("; ")})`;
  const fix = "look into the log of these nodes, or allow more attempts with `retry`";
  return { code: "RTL_WORK_LOST", message, at, fix };
}

/** The job is over; whatever of it runs anywhere is to end. */
export function failJob(draft: Draft, failure: Failure, { graceMs }: FlowLimits): void {
  draft.commands.push({ type: "revoke-work", reason: failure.message, graceMs });
  draft.settle({ state: "failed", failure });
}
