/**
 * What follows a failure. Attempts are counted here and nowhere else. The user's errors are never
 * tried again, the task's if the task says so, the system's always, each up to the stage's bound.
 */
import { errorKinds, type Failure } from "../protocol/errors.ts";
import {
  type ChunkIndex,
  type Millis,
  type NodeId,
  type StageIndex,
  type Work,
  workId,
} from "../protocol/ids.ts";
import { limits as bounds } from "../protocol/limits.ts";
import { type Draft, stageOf, stateOf } from "./draft.ts";
import { rangeIn, withoutChunk } from "./outputs.ts";
import * as sparse from "./sparse.ts";
import { type Evidence, type FlowLimits, MEASURE, type Retry, type Trouble } from "./state.ts";
import { endCopy, latestAttempt } from "./straggler.ts";

/** One attempt of work that was under way came to nothing. */
export interface Attempt {
  readonly work: Work;
  readonly node: NodeId | undefined;
  readonly failure: Failure;
  /** The task says that another try may help. */
  readonly retry: boolean;
}

/**
 * Either the work is to be tried again, or the job has failed. Work that nobody could do is buried with
 * all that is known of why.
 */
export function failAttempt(draft: Draft, attempt: Attempt, limits: FlowLimits): void {
  const { work, node, failure } = attempt;
  const { stage, chunk } = work;
  if (endCopy(draft, work)) return;
  const before = stateOf(draft, stage);
  const trouble = sparse.get(before.trouble, chunk + 1);
  const { code, message } = failure;
  const evidence = { attempt: work.attempt, node, code, message, at: draft.seenAt };
  const failures = [...(trouble?.failures ?? []), evidence];
  const { attemptsMax, backoffMs } = stageOf(draft, stage);
  const used = failures.filter((one) => countsAgainst(one, attemptsMax)).length;
  const poison = isPoison(failures, limits);
  const exhausted =
    used >= attemptsMax ||
    failures.filter(wasNodeLost).length >= limits.lossesMax ||
    failures.filter(wasShort).length >= limits.shortagesMax ||
    failures.length >= bounds.attemptsMax;
  if (!mayRetry(attempt) || poison || exhausted) {
    const last = finalFailure(draft, attempt, failures, poison);
    if (mayRetry(attempt)) bury(draft, work, failures, last, poison);
    failJob(draft, last, limits);
    return;
  }
  const doublings = doublingsAfter(evidence, used, failures.filter(wasShort).length);
  const pauseMs = pause(work, backoffMs, doublings, limits);
  const flight = sparse.get(before.inFlight, chunk + 1);
  const retry = {
    chunk,
    attempt: Math.max(work.attempt, flight === undefined ? 0 : latestAttempt(flight)) + 1,
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

/**
 * A lost input is not the work's fault, and neither need be the loss of a node or a node that had no
 * room: none of them costs an attempt. But work that is to be tried once only may have been done.
 */
const countsAgainst = (one: Evidence, attemptsMax: number): boolean =>
  one.code !== "RTL_BLOCK_LOST" &&
  ((one.code !== "RTL_WORK_LOST" && !wasShort(one)) || attemptsMax === 1);

const wasLost = ({ code }: Evidence): boolean =>
  code === "RTL_WORK_LOST" || code === "RTL_BLOCK_LOST";
/** The node had no room for what came of it; there may be some when other work has ended. */
const wasShort = ({ code }: Evidence): boolean => code === "RTL_LIMIT_EXCEEDED";
/** A node had it. What no node ever named may have been lost on its way. */
const wasNodeLost = ({ code, node }: Evidence): boolean =>
  code === "RTL_WORK_LOST" && node !== undefined;
const hasEndedWorker = ({ code }: Evidence): boolean => code === "RTL_WORKER_ENDED";

/** How often the work was lost, perhaps together with its node: reason to suspect it, and no proof. */
export const lossesOf = (trouble: Trouble | undefined): number =>
  trouble?.failures.filter(({ code }) => code === "RTL_WORK_LOST").length ?? 0;

/**
 * Work that takes its workers along, on two different nodes. That a supervisor saw a worker end with
 * it is proof; that a node fell silent which had it in hand is not, since nodes are lost for other
 * reasons, many pieces of work at a time. So silence counts beside proof only, or when it has come as
 * often as it may.
 */
export function isPoison(failures: readonly Evidence[], { lossesMax }: FlowLimits): boolean {
  const proven = failures.filter(hasEndedWorker);
  const lost = failures.filter(wasNodeLost);
  const nodes = new Set([...proven, ...lost].map(({ node }) => node));
  return nodes.size > 1 && (proven.length > 0 || lost.length >= lossesMax);
}

/** Keeps what is known of work that nobody could do; the failure of its job follows. */
function bury(
  draft: Draft,
  work: Work,
  attempts: readonly Evidence[],
  failure: Failure,
  poison: boolean,
): void {
  const range = rangeIn(draft, work);
  const reason = poison ? "poison" : "exhausted";
  draft.commands.push({ type: "bury-work", work, range, reason, attempts, failure });
}

/**
 * Nobody can be found for a stage any more: if it is because one of its pieces has taken node after
 * node along, then that is what the job fails for.
 */
export function failUnplaceable(
  draft: Draft,
  stage: StageIndex,
  failure: Failure,
  limits: FlowLimits,
): void {
  for (const [key, { failures }] of sparse.entries(stateOf(draft, stage).trouble)) {
    const nodes = new Set(failures.filter(wasNodeLost).map(({ node }) => node));
    if (nodes.size < 2) continue;
    const chunk = (key - 1) as ChunkIndex;
    const attempt = failures.at(-1)?.attempt ?? 1;
    const work = { job: draft.plan.job, stage, chunk, attempt };
    const last = finalFailure(
      draft,
      { work, node: undefined, failure, retry: true },
      failures,
      true,
    );
    bury(draft, work, failures, last, true);
    failJob(draft, last, limits);
    return;
  }
  failJob(draft, failure, limits);
}

function mayRetry({ failure, retry }: Attempt): boolean {
  const { kind, retryable } = errorKinds[failure.code];
  return kind === "system" ? retryable : kind === "task" && retry;
}

/**
 * How often the pause before the next try has doubled; below zero there is none. What was lost with its
 * node is tried again at once: it is the node that is ill, not the work.
 */
function doublingsAfter(evidence: Evidence, used: number, shortages: number): number {
  if (wasShort(evidence)) return shortages - 1;
  return wasLost(evidence) ? used - 2 : used - 1;
}

function pause(work: Work, baseMs: Millis, doublings: number, limits: FlowLimits): number {
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
  poison: boolean,
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
  const story = `(${tries.join("; ")})`;
  if (poison) {
    const message = `stage "${name}", ${what} ended its workers on different nodes ${story}`;
    const fix = `look at what is kept of it with: rtl dead show ${work.job}`;
    return { code: "RTL_WORK_POISON", message, at, fix };
  }
  if (failure.code === "RTL_LIMIT_EXCEEDED") {
    const message = `stage "${name}", ${what}, tried ${failures.length} times: ${failure.message}`;
    return { ...failure, message, at };
  }
  const message = `stage "${name}", ${what}: all attempts failed ${story}`;
  const fix = "look into the log of these nodes, or allow more attempts with `retry`";
  return { code: "RTL_WORK_LOST", message, at, fix };
}

/** The job is over; whatever of it runs anywhere is to end. */
export function failJob(draft: Draft, failure: Failure, { graceMs }: FlowLimits): void {
  draft.commands.push({ type: "revoke-work", reason: failure.message, graceMs });
  draft.settle({ state: "failed", failure });
}
