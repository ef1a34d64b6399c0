/**
 * The one door of the scheduler: a state and an event in, the next state and commands out. No
 * clock, no randomness, no I/O: the same events give the same commands, wherever and whenever.
 */
import type { Millis } from "../protocol/ids.ts";
import type { JobCommand } from "./command.ts";
import { Draft, progressOf } from "./draft.ts";
import type { JobEvent } from "./event.ts";
import { emptyIntervals } from "./intervals.ts";
import { openStage } from "./outputs.ts";
import type { Plan, Stage } from "./plan.ts";
import { emptySparse } from "./sparse.ts";
import {
  type FlowLimits,
  flowLimits,
  type JobState,
  MEASURE,
  type Reader,
  rule,
  type StageState,
} from "./state.ts";
import { transitions } from "./transitions.ts";

export type Step = readonly [state: JobState, commands: readonly JobCommand[]];

/** A job that has just been accepted; its first chunks are ready. */
export function begin(plan: Plan, at: Millis): Step {
  const stages = plan.stages.map(untouched);
  const state: JobState = {
    phase: "running",
    plan,
    stages,
    readers: readersIn(plan),
    progress: stages.map(progressOf),
    stagesLeft: stages.length,
    now: at,
    seenAt: at,
    story: [],
  };
  const draft = new Draft(state, undefined);
  for (const { index } of plan.stages) openStage(draft, index);
  return [draft.finish(), draft.commands];
}

/**
 * Total: every event is answered in every phase; what is late changes nothing. `clock-ticked` has
 * to come at least three times a lease. Throws a BrokenRule for an event that no shell can mean.
 */
export function step(state: JobState, event: JobEvent, limits: FlowLimits = flowLimits): Step {
  checkEvent(state, event);
  const cell = transitions[state.phase][event.type];
  const draft = new Draft(state, event);
  if (cell !== "ignore") (cell as Cell)(draft, event, limits, state);
  return [draft.finish(), draft.commands];
}

/** The table holds phase and event of each cell together, which this look-up cannot express. */
type Cell = (draft: Draft, event: JobEvent, limits: FlowLimits, state: JobState) => void;

function checkEvent(state: JobState, event: JobEvent): void {
  if ("work" in event) {
    const { job, stage, chunk, attempt } = event.work;
    rule(job === state.plan.job, state, `an event came for work of the job ${job}`);
    rule(state.plan.stages[stage] !== undefined, state, `there is no stage ${stage}`);
    rule(chunk >= MEASURE && attempt >= 1, state, `no work is called ${chunk}/${attempt}`);
  } else if ("stage" in event) {
    rule(state.plan.stages[event.stage] !== undefined, state, `there is no stage ${event.stage}`);
  }
}

function untouched(stage: Stage): StageState {
  return {
    opened: false,
    // Whatever it reads, a gather is one chunk.
    cut: stage.shape === "gather" ? { size: 0, count: 1 } : undefined,
    guessed: false,
    units: 0,
    ready: emptyIntervals,
    inFlight: emptySparse,
    retries: [],
    done: emptyIntervals,
    doneCount: 0,
    gone: emptyIntervals,
    unseen: emptyIntervals,
    rows: 0,
    waitsSince: undefined,
    trouble: emptySparse,
    tookMs: 0,
    tookCount: 0,
    madeBytes: 0,
    madeCount: 0,
    attemptTop: 0,
  };
}

function readersIn(plan: Plan): readonly (readonly Reader[])[] {
  const readers: Reader[][] = plan.stages.map(() => []);
  for (const { index, inputs } of plan.stages) {
    for (const { from, by } of inputs) {
      if (from !== "input") readers[from]?.push({ stage: index, by });
    }
  }
  return readers;
}
