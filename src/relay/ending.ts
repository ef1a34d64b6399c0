/** What is said of a job's end besides its state: who cancelled it, and which job it is that failed. */
import type { Outcome } from "../flow/command.ts";
import type { Plan } from "../flow/plan.ts";
import type { JobState } from "../flow/state.ts";
import type { Failure } from "../protocol/errors.ts";

/** Who cancelled the job; nobody did where it failed. */
export function cancellerIn(state: JobState): string {
  if (state.phase === "cancelling") return state.by;
  return state.phase === "settled" && state.outcome.state === "cancelled" ? state.outcome.by : "";
}

/** A failure tells its job, whoever made it. */
export function located(outcome: Outcome, plan: Plan): Outcome {
  if (outcome.state !== "failed") return outcome;
  const failure: Failure = {
    ...outcome.failure,
    at: { job: plan.job, ...outcome.failure.at },
  };
  return { state: "failed", failure };
}
