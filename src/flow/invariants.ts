/**
 * What must always hold of a job's state, checked after every step by tests and the simulator. Each
 * rule says what is wrong in words; the error tells the job's story. It never changes anything.
 */
import type { ChunkIndex, StageIndex } from "../protocol/ids.ts";
import type { JobCommand } from "./command.ts";
import { stateOf } from "./draft.ts";
import { count, has, type Intervals, intersect, interval, subtract } from "./intervals.ts";
import { hasChunkInputs, isComplete, leadOf, windowOf } from "./ready.ts";
import * as sparse from "./sparse.ts";
import { type FlowLimits, type JobState, MEASURE, rule } from "./state.ts";

/** Throws a BrokenRule when the state contradicts itself. Costs the window of every stage. */
export function checkInvariants(state: JobState): void {
  const stages = state.plan.stages.map((stage) => stage.index);
  for (const stage of stages) {
    checkCounts(state, stage);
    checkWaiting(state, stage);
    checkOutputs(state, stage);
  }
  const left = stages.filter((stage) => !isComplete(state, stage)).length;
  rule(state.stagesLeft === left, state, `${left} stages are left, not ${state.stagesLeft}`);
  if (state.phase === "running") rule(left > 0, state, "all is done, but it is not settled");
  if (state.phase === "settled" && state.outcome.state === "completed") {
    rule(left === 0, state, `it is completed, but ${left} stages are not`);
  }
}

/** A step that has handed work out has handed out none beyond the window of its stage. */
export function checkWindow(
  state: JobState,
  commands: readonly JobCommand[],
  limits: FlowLimits,
): void {
  for (const command of commands) {
    if (command.type !== "assign-work") continue;
    const { stage, chunk } = command.work;
    // A copy is of work that was handed out before.
    const { inFlight } = stateOf(state, stage);
    if (sparse.get(inFlight, chunk + 1)?.original !== undefined) continue;
    const lead = leadOf(state, stage) ?? 0;
    rule(lead <= windowOf(state, stage, limits), state, `stage ${stage}: ${lead} chunks ahead`);
  }
}

function checkCounts(state: JobState, stage: StageIndex): void {
  const { cut, done, doneCount, rows, ready } = stateOf(state, stage);
  const { progress } = state;
  checkShape(state, stage, "done", done);
  checkShape(state, stage, "ready", ready);
  rule(count(done) === doneCount, state, `stage ${stage}: ${doneCount} is not how many are done`);
  const all = interval(0, cut?.count ?? 0);
  rule(subtract(done, all).length === 0, state, `stage ${stage}: a chunk is done that is none`);
  const possible = cut === undefined ? interval(MEASURE, 0) : all;
  rule(subtract(ready, possible).length === 0, state, `stage ${stage}: what is ready is no chunk`);
  rule(rows >= 0, state, `stage ${stage}: ${rows} rows`);
  const shown = progress[stage];
  rule(shown?.done === doneCount, state, `stage ${stage}: progress is out of date`);
  rule(shown?.total === cut?.count, state, `stage ${stage}: the total shown is out of date`);
}

function checkShape(state: JobState, stage: StageIndex, name: string, set: Intervals): void {
  const rises = set.every((bound, index) => index === 0 || bound > (set[index - 1] ?? bound));
  rule(rises && set.length % 2 === 0, state, `stage ${stage}: ${name} is no set of ranges`);
}

/** A chunk is in one place: ready, under way, waiting for a retry, or done. */
function checkWaiting(state: JobState, stage: StageIndex): void {
  const { ready, inFlight, retries, done, trouble, attemptTop } = stateOf(state, stage);
  const where = (chunk: number) => `stage ${stage}, chunk ${chunk}`;
  rule(intersect(ready, done).length === 0, state, `stage ${stage}: ready, and done already`);
  for (const [key, flight] of sparse.entries(inFlight)) {
    const chunk = key - 1;
    rule(!has(done, chunk), state, `${where(chunk)} is under way, and done already`);
    rule(!has(ready, chunk), state, `${where(chunk)} is under way, and ready`);
    rule(flight.attempt <= attemptTop, state, `${where(chunk)}: attempt ${flight.attempt}`);
    const { original, attempt } = flight;
    const isCopy = original === undefined || original.attempt < attempt;
    rule(isCopy, state, `${where(chunk)}: its copy is older than it`);
    rule(flight.leaseUntil >= flight.assignedAt, state, `${where(chunk)}: its lease runs back`);
  }
  const seen = new Set<number>();
  let last = Number.NEGATIVE_INFINITY;
  for (const { chunk, notBefore } of retries) {
    rule(!seen.has(chunk), state, `${where(chunk)} waits twice`);
    rule(!has(done, chunk), state, `${where(chunk)} waits, and is done already`);
    rule(!has(ready, chunk), state, `${where(chunk)} waits, and is ready`);
    const flies = sparse.get(inFlight, chunk + 1) !== undefined;
    rule(!flies, state, `${where(chunk)} waits, and is under way`);
    rule(notBefore >= last, state, `stage ${stage}: retries are out of order`);
    rule(sparse.get(trouble, chunk + 1) !== undefined, state, `${where(chunk)} waits for nothing`);
    seen.add(chunk);
    last = notBefore;
  }
}

/** Nothing is gone that somebody needs, and what is ready has its input. */
function checkOutputs(state: JobState, stage: StageIndex): void {
  const { done, gone, ready } = stateOf(state, stage);
  rule(subtract(gone, done).length === 0, state, `stage ${stage}: gone, and never done`);
  if (stage === state.plan.result) rule(gone.length === 0, state, "a part of the result is gone");
  if (state.phase !== "running") return;
  for (let index = 0; index < ready.length; index += 2) {
    const chunk = ready[index] as ChunkIndex;
    const text = `stage ${stage}, chunk ${chunk} is ready without its input`;
    rule(hasChunkInputs(state, stage, chunk), state, text);
  }
}
