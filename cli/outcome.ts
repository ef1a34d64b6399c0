/** How a settled job ends the command that waited for it. */
import { type Failure, RtlError } from "../src/protocol/errors.ts";
import type { JobDone } from "../src/protocol/messages.ts";
import { cancelledText } from "./render/cancelled.ts";

/** The error that a job ended with; undefined when it completed. */
export function outcomeError(done: JobDone): RtlError | undefined {
  if (done.state === "completed") return undefined;
  if (done.state === "failed") {
    // The schema of the wire and the type of a failure differ only in how they say "absent".
    const failure = (done.failure ?? { code: "RTL_TASK_FAILED", message: "it failed" }) as Failure;
    return RtlError.from({ ...failure, at: { job: done.job, ...failure.at } });
  }
  const how = done.cancelled === undefined ? "cancelled" : cancelledText(done.cancelled);
  return new RtlError("RTL_JOB_CANCELLED", `job ${done.job} was ${how}`);
}
