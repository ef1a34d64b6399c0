/**
 * Why the signal of a task is aborted, as the task sees it in `signal.reason`. The names are those that
 * code looks for which passes a signal on; the codes are ours.
 */
import { RtlError } from "../protocol/errors.ts";
import { type Cause, lateFailure } from "./thread-messages.ts";

/** Its job was cancelled, by whom and why; or has failed, where nobody did. */
export function cancelReason({ by, reason }: Cause = { by: "", reason: "" }): Error {
  const what = by === "" ? "the job has ended" : `the job was cancelled by ${by}`;
  const error = new RtlError("RTL_JOB_CANCELLED", what + (reason === "" ? "" : `: ${reason}`));
  return Object.assign(error, { name: "AbortError", by, reason });
}

/** It ran too long. */
export const lateReason = (runMs: number): Error =>
  Object.assign(RtlError.from(lateFailure(undefined, runMs)), { name: "TimeoutError" });
