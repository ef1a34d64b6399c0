/**
 * The next state while one step makes it. A draft is changed in place, but only here and only
 * until the step is over: what it holds is replaced, never written into, so the old state stays as
 * it was.
 */
import assert from "node:assert";
import type { Millis, StageIndex } from "../protocol/ids.ts";
import type { JobCommand, Outcome, StageProgress } from "./command.ts";
import type { JobEvent } from "./event.ts";
import type { Plan, Stage } from "./plan.ts";
import type { Cancelling, JobState, Reader, StageState } from "./state.ts";

/** Enough to see what led to a fault, little enough to copy at each step. */
const storyMax = 16;

export class Draft {
  readonly plan: Plan;
  readonly readers: readonly (readonly Reader[])[];
  readonly now: Millis;
  /** What the shell's clock said, for whatever people will read. */
  readonly seenAt: Millis;
  readonly commands: JobCommand[] = [];
  readonly stages: StageState[];
  stagesLeft: number;
  readonly #before: JobState;
  readonly #event: JobEvent | undefined;
  readonly #touched = new Set<StageIndex>();
  #after: JobState;

  /** The event is absent only where a job begins. */
  constructor(before: JobState, event: JobEvent | undefined) {
    this.plan = before.plan;
    this.readers = before.readers;
    this.stages = before.stages.slice();
    this.stagesLeft = before.stagesLeft;
    this.now = event === undefined ? before.now : nowAt(before, event.at);
    this.seenAt = event?.at ?? before.seenAt;
    this.#before = before;
    this.#event = event;
    this.#after = before;
  }

  change(stage: StageIndex, changes: Partial<StageState>): void {
    const before = stateOf(this, stage);
    const { ready = before.ready, waitsSince = before.waitsSince } = changes;
    // Waiting begins with the first work that is ready, and is over when there is none.
    const waits = ready.length === 0 ? undefined : (waitsSince ?? this.now);
    this.stages[stage] = { ...before, ...changes, waitsSince: waits };
    this.#touched.add(stage);
  }

  cancel(how: Pick<Cancelling, "by" | "reason" | "requestedAt" | "graceMs" | "until">): void {
    this.#after = { ...this.#before, ...how, phase: "cancelling" };
  }

  settle(outcome: Outcome): void {
    this.#after = { ...this.#before, phase: "settled", outcome };
    this.commands.push({ type: "settle-job", outcome });
  }

  get isSettled(): boolean {
    return this.#after.phase === "settled";
  }

  /** The state that the step leads to. */
  finish(): JobState {
    const { story } = this.#before;
    const event = this.#event;
    return {
      ...this.#after,
      stages: this.stages,
      stagesLeft: this.stagesLeft,
      progress: this.#publish(),
      now: this.now,
      seenAt: this.seenAt,
      story: event === undefined ? story : [...story.slice(1 - storyMax), event],
    };
  }

  /** Tells what counts changed, ahead of a settling, which is the last word. */
  #publish(): readonly StageProgress[] {
    const { progress } = this.#before;
    let renewed: StageProgress[] | undefined;
    for (const index of this.#touched) {
      const next = progressOf(stateOf(this, index));
      if (isSame(next, progress[index])) continue;
      renewed ??= progress.slice();
      renewed[index] = next;
    }
    if (renewed === undefined) return progress;
    const place = this.isSettled ? this.commands.length - 1 : this.commands.length;
    this.commands.splice(place, 0, { type: "publish-progress", stages: renewed });
    return renewed;
  }
}

/** What a question about a job needs: a state and a draft both are one. */
export type View = Pick<Draft, "plan" | "readers" | "now"> & {
  readonly stages: readonly StageState[];
};

export function stateOf(view: View, stage: StageIndex): StageState {
  const found = view.stages[stage];
  assert(found !== undefined, `the plan has no stage ${stage}`);
  return found;
}

export function stageOf(view: View, stage: StageIndex): Stage {
  const found = view.plan.stages[stage];
  assert(found !== undefined, `the plan has no stage ${stage}`);
  return found;
}

export const readersOf = (view: View, stage: StageIndex): readonly Reader[] =>
  view.readers[stage] ?? [];

/** The job's own time when the shell's clock says `at`; see `Live.now`. */
export function nowAt(state: JobState, at: Millis): Millis {
  const beatMs = state.plan.leaseMs / 3;
  const passed = Math.min(Math.max(0, at - state.seenAt), beatMs);
  return (state.now + passed) as Millis;
}

export const progressOf = (stage: StageState): StageProgress => ({
  done: stage.doneCount,
  total: stage.cut?.count,
  inFlight: stage.inFlight.size,
  rows: stage.rows,
});

const isSame = (left: StageProgress, right: StageProgress | undefined): boolean =>
  right !== undefined &&
  left.done === right.done &&
  left.total === right.total &&
  left.inFlight === right.inFlight &&
  left.rows === right.rows;
