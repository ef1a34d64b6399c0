/**
 * The clocks of a job that are not a lease: when the job or a stage is to be done, and how long ready
 * work may wait for somebody to begin it. Questions only; what is late is told as the failure that it
 * is, without the job's own name.
 */
import type { Failure } from "../protocol/errors.ts";
import { stateOf, type View } from "./draft.ts";
import { isComplete } from "./ready.ts";

/** What the job fails for now, or nothing. */
export function lateness(view: View): Failure | undefined {
  const { deadlineAt, stages } = view.plan;
  if (deadlineAt !== undefined && view.now >= deadlineAt) {
    return {
      code: "RTL_DEADLINE_PASSED",
      message: "the job's deadline passed before it was done",
      fix: "give the job more time with `deadline`, or more nodes",
    };
  }
  for (const { index, name, deadlineAt: until, waitMs } of stages) {
    if (until !== undefined && view.now >= until && !isComplete(view, index)) {
      return {
        code: "RTL_DEADLINE_PASSED",
        message: `the deadline of stage "${name}" passed before it was done`,
        at: { stage: name },
        fix: "give the stage more time with `deadline`, or the job more nodes",
      };
    }
    const { waitsSince } = stateOf(view, index);
    if (waitMs > 0 && waitsSince !== undefined && view.now - waitsSince >= waitMs) {
      return {
        code: "RTL_QUEUE_TIMEOUT",
        message: `work of stage "${name}" has waited ${waitMs} ms for a free slot`,
        at: { stage: name },
        fix: "allow a longer `wait`, raise the job's `priority`, or start more tasknodes",
      };
    }
  }
  return undefined;
}
