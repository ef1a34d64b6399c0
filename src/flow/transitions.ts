/**
 * The table phase × event: the whole life of a job on one screen. It is total by type: a new phase
 * or event does not compile until every cell is filled. A cell that says `ignore` is for what comes
 * late and harms nobody; what can never come is refused with the job's story before the table is
 * asked.
 */
import type { Millis, StageIndex, Work } from "../protocol/ids.ts";
import { type Draft, stageOf, stateOf } from "./draft.ts";
import type { EventType, JobEvent } from "./event.ts";
import { failAttempt, failJob, failUnplaceable, inserted, lossesOf } from "./failing.ts";
import { has } from "./intervals.ts";
import { lateness } from "./lateness.ts";
import {
  commit,
  lose,
  measured,
  offerChunk,
  rangeIn,
  settleIfDone,
  withoutChunk,
} from "./outputs.ts";
import { take } from "./ready.ts";
import * as sparse from "./sparse.ts";
import {
  type Flight,
  type FlowLimits,
  type JobState,
  MEASURE,
  type Phase,
  type Running,
  type StageState,
  type Trouble,
} from "./state.ts";
import { endCopy, endFlight, handOutCopy, latestAttempt } from "./straggler.ts";
import { adopt, adoptFlight } from "./takeover.ts";

type In<P extends Phase> = Extract<JobState, { phase: P }>;
type Of<E extends EventType> = Extract<JobEvent, { type: E }>;
type Transition<P extends Phase, E extends EventType> = (
  draft: Draft,
  event: Of<E>,
  limits: FlowLimits,
  state: In<P>,
) => void;
export type TransitionTable = {
  readonly [P in Phase]: { readonly [E in EventType]: Transition<P, E> | "ignore" };
};

export const transitions: TransitionTable = {
  running: {
    "work-wanted": handOut,
    "copy-wanted": handOutCopy,
    "work-refused": takeBack,
    "work-renewed": renew,
    "work-finished": finishWork,
    "output-found": adopt,
    "work-found": adoptFlight,
    "work-failed": failWork,
    "node-lost": loseNode,
    "block-lost": (draft, { stage, chunk }) => lose(draft, stage, chunk),
    "stage-unplaceable": (draft, { stage, failure }, limits) =>
      failUnplaceable(draft, stage, failure, limits),
    "cancel-requested": cancel,
    "clock-ticked": tick,
  },
  cancelling: {
    "work-wanted": "ignore",
    "copy-wanted": "ignore",
    "work-refused": endWork,
    "work-renewed": renew,
    "work-finished": endWork,
    "output-found": discard,
    "work-found": "ignore",
    "work-failed": endWork,
    "node-lost": endNode,
    "block-lost": "ignore",
    "stage-unplaceable": "ignore",
    "cancel-requested": cancelSooner,
    "clock-ticked": endOverdue,
  },
  settled: {
    "work-wanted": "ignore",
    "copy-wanted": "ignore",
    "work-refused": "ignore",
    "work-renewed": "ignore",
    "work-finished": discard,
    "output-found": discard,
    "work-found": "ignore",
    "work-failed": "ignore",
    "node-lost": "ignore",
    "block-lost": "ignore",
    "stage-unplaceable": "ignore",
    "cancel-requested": "ignore",
    "clock-ticked": "ignore",
  },
};

/** The flight of exactly this attempt. */
function flightOf(draft: Draft, work: Work): Flight | undefined {
  const flight = sparse.get(stateOf(draft, work.stage).inFlight, work.chunk + 1);
  return flight?.attempt === work.attempt ? flight : undefined;
}

function handOut(draft: Draft, { stage, count }: Of<"work-wanted">, limits: FlowLimits): void {
  for (let handed = 0; handed < count; handed++) {
    const next = take(draft, stage, limits);
    if (next === undefined) return;
    const { chunk, attempt } = next;
    const before = stateOf(draft, stage);
    // What was lost with a node goes out alone, so that nothing else is lost with it again.
    const losses = lossesOf(sparse.get(before.trouble, chunk + 1));
    if (losses > 0 && handed > 0) return;
    const rest = withoutChunk(before, chunk);
    const flight = {
      attempt,
      node: undefined,
      assignedAt: draft.now,
      waitedSince: before.waitsSince ?? draft.now,
      leaseUntil: (draft.now + stageOf(draft, stage).leaseMs) as Millis,
    };
    draft.change(stage, {
      ...rest,
      inFlight: sparse.set(rest.inFlight, chunk + 1, flight),
      attemptTop: Math.max(before.attemptTop, attempt),
    });
    const work = { job: draft.plan.job, stage, chunk, attempt };
    draft.commands.push({
      type: "assign-work",
      work,
      range: rangeIn(draft, work),
      measure: chunk === MEASURE,
      apart: losses > 1,
    });
    if (losses > 0) return;
  }
}

/** Nobody had it: it goes back as it was, and its attempt is still to come. */
function takeBack(draft: Draft, { work }: Of<"work-refused">): void {
  if (endCopy(draft, work)) return;
  const flight = flightOf(draft, work);
  if (flight === undefined) return;
  const { stage, chunk, attempt } = work;
  const before = stateOf(draft, stage);
  const rest = withoutChunk(before, chunk);
  const trouble = sparse.get(before.trouble, chunk + 1);
  // What has been tried before, or copied, goes on counting where it was.
  if (trouble !== undefined || flight.attemptMax !== undefined) {
    const next = flight.attemptMax === undefined ? attempt : flight.attemptMax + 1;
    const retry = { chunk, attempt: next, notBefore: draft.now };
    draft.change(stage, {
      ...rest,
      retries: inserted(rest.retries, retry),
      trouble: sparse.set(before.trouble, chunk + 1, trouble ?? noTrouble),
    });
    return;
  }
  draft.change(stage, rest);
  offerChunk(draft, stage, chunk);
  // It goes on waiting; it does not begin to.
  if (before.waitsSince === undefined) draft.change(stage, { waitsSince: flight.waitedSince });
}

const noTrouble: Trouble = { validFrom: 1, counted: false, failures: [] };

function renew(draft: Draft, { work, node }: Of<"work-renewed">): void {
  const flight = flightOf(draft, work);
  if (flight === undefined) return;
  const { inFlight } = stateOf(draft, work.stage);
  const leaseUntil = (draft.now + stageOf(draft, work.stage).leaseMs) as Millis;
  draft.change(work.stage, {
    inFlight: sparse.set(inFlight, work.chunk + 1, { ...flight, node, leaseUntil }),
    // A node that names work for the first time has begun it.
    ...(flight.node === undefined && { waitsSince: draft.now }),
  });
}

/**
 * The first valid result wins, also one whose lease had expired and which somebody else is at by
 * now. Whatever comes after it is let go.
 */
function finishWork(draft: Draft, event: Of<"work-finished">): void {
  const { work, rows, bytes, extent } = event;
  if (!isExpected(draft, work)) discard(draft, event);
  else if (work.chunk === MEASURE) measured(draft, work, extent);
  else {
    const sizes = bytes === undefined ? {} : madeWith(draft, work.stage, bytes);
    draft.change(work.stage, { waitsSince: draft.now, ...tookWith(draft, work), ...sizes });
    commit(draft, work, rows);
    settleIfDone(draft);
  }
}

/** What the stage's pieces took, with this one. */
function tookWith(draft: Draft, work: Work): Partial<Pick<StageState, "tookMs" | "tookCount">> {
  const flight = flightOf(draft, work);
  if (flight === undefined) return {};
  const { tookMs, tookCount } = stateOf(draft, work.stage);
  return { tookMs: tookMs + draft.now - flight.assignedAt, tookCount: tookCount + 1 };
}

/** What the stage's outputs have of bytes, with this one. */
function madeWith(draft: Draft, stage: StageIndex, bytes: number) {
  const { madeBytes, madeCount } = stateOf(draft, stage);
  return { madeBytes: madeBytes + bytes, madeCount: madeCount + 1 };
}

/** Whether an attempt was handed out whose result is still wanted. */
function isExpected(draft: Draft, { stage, chunk, attempt }: Work): boolean {
  const state = stateOf(draft, stage);
  if (chunk === MEASURE ? state.cut !== undefined : has(state.done, chunk)) return false;
  if (attempt < (sparse.get(state.trouble, chunk + 1)?.validFrom ?? 1)) return false;
  const flight = sparse.get(state.inFlight, chunk + 1);
  if (flight !== undefined) return attempt <= latestAttempt(flight);
  return state.retries.some((retry) => retry.chunk === chunk && attempt < retry.attempt);
}

function discard(draft: Draft, { work }: Of<"work-finished" | "output-found">): void {
  if (work.chunk !== MEASURE) draft.commands.push({ type: "discard-output", work });
}

function failWork(draft: Draft, event: Of<"work-failed">, limits: FlowLimits): void {
  const flight = flightOf(draft, event.work);
  if (flight === undefined) {
    endCopy(draft, event.work);
    return;
  }
  failAttempt(draft, { ...event, node: event.node ?? flight.node }, limits);
}

/** Everything under way for which the condition holds, in the order of stages and chunks. */
function* flights(
  draft: Draft,
  condition: (flight: Flight) => boolean,
): Generator<{ readonly work: Work; readonly flight: Flight }> {
  for (const { index: stage } of draft.plan.stages) {
    if (stateOf(draft, stage).inFlight.size === 0) continue;
    for (const [key, flight] of sparse.entries(stateOf(draft, stage).inFlight)) {
      if (!condition(flight)) continue;
      const chunk = (key - 1) as Work["chunk"];
      yield { work: { job: draft.plan.job, stage, chunk, attempt: flight.attempt }, flight };
    }
  }
}

function loseFlights(
  draft: Draft,
  condition: (flight: Flight) => boolean,
  message: string,
  limits: FlowLimits,
): void {
  for (const { work, flight } of flights(draft, condition)) {
    const failure = { code: "RTL_WORK_LOST", message } as const;
    failAttempt(draft, { work, node: flight.node, failure, retry: true }, limits);
    if (draft.isSettled) return;
  }
}

function loseNode(draft: Draft, { node }: Of<"node-lost">, limits: FlowLimits): void {
  loseFlights(draft, (flight) => flight.node === node, "the node was lost", limits);
}

function tick(draft: Draft, _: Of<"clock-ticked">, limits: FlowLimits): void {
  const late = lateness(draft);
  if (late !== undefined) {
    failJob(draft, { ...late, at: { job: draft.plan.job, ...late.at } }, limits);
    return;
  }
  const isOverdue = (flight: Flight) => flight.leaseUntil <= draft.now;
  loseFlights(draft, isOverdue, "its node fell silent", limits);
}

function cancel(draft: Draft, event: Of<"cancel-requested">, _: FlowLimits, state: Running): void {
  revoke(draft, event, state.now);
  if (isIdle(draft)) settleCancelled(draft, { ...event, requestedAt: event.at });
}

/** Asking twice changes nothing, unless it is to end sooner. */
function cancelSooner(
  draft: Draft,
  event: Of<"cancel-requested">,
  _: FlowLimits,
  state: In<"cancelling">,
): void {
  if (event.graceMs >= state.graceMs) return;
  const { by, reason, requestedAt } = state;
  revoke(draft, { by, reason, at: requestedAt, graceMs: event.graceMs }, state.now);
}

function revoke(
  draft: Draft,
  { by, reason, at, graceMs }: Pick<Of<"cancel-requested">, "by" | "reason" | "at" | "graceMs">,
  now: Millis,
): void {
  const until = (Math.max(now, draft.now) + graceMs + draft.plan.leaseMs) as Millis;
  draft.cancel({ by, reason, requestedAt: at, graceMs, until });
  draft.commands.push({ type: "revoke-work", reason, graceMs });
}

const isIdle = (draft: Draft): boolean => draft.stages.every((stage) => stage.inFlight.size === 0);

function settleCancelled(
  draft: Draft,
  { by, reason, requestedAt }: Pick<In<"cancelling">, "by" | "reason" | "requestedAt">,
): void {
  draft.settle({ state: "cancelled", by, reason, at: requestedAt });
}

/** While cancelling, any end is an end; what was made is let go. */
function endWork(
  draft: Draft,
  event: Of<"work-finished" | "work-failed" | "work-refused">,
  _: FlowLimits,
  state: In<"cancelling">,
): void {
  const { work } = event;
  if (event.type === "work-finished") discard(draft, event);
  if (flightOf(draft, work) === undefined) endCopy(draft, work);
  else endFlight(draft, work);
  if (isIdle(draft)) settleCancelled(draft, state);
}

function endNode(
  draft: Draft,
  { node }: Of<"node-lost">,
  _: FlowLimits,
  state: In<"cancelling">,
): void {
  endFlights(draft, (flight) => flight.node === node);
  if (isIdle(draft)) settleCancelled(draft, state);
}

function endOverdue(
  draft: Draft,
  _event: Of<"clock-ticked">,
  _: FlowLimits,
  state: In<"cancelling">,
): void {
  endFlights(draft, (flight) => flight.leaseUntil <= draft.now || state.until <= draft.now);
  if (isIdle(draft)) settleCancelled(draft, state);
}

function endFlights(draft: Draft, condition: (flight: Flight) => boolean): void {
  for (const { work } of flights(draft, condition)) {
    endFlight(draft, work);
  }
}
