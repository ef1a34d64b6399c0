/**
 * Why the signal of a task is aborted, as the task sees it in `signal.reason`. The names are those that
 * code looks for which passes a signal on; the codes are ours.
 */
import { RtlError } from "../protocol/errors.ts";
import { type Cause, lateFailure } from "./thread-messages.ts";

/** Its job is cancelled: by whom and why, as far as that is known. */
export function cancelReason({ by, reason }: Cause = { by: "", reason: "" }): Error {
  const who = by === "" ? "" : ` by ${by}`;
  const why = reason === "" ? "" : `: ${reason}`;
  const error = new RtlError("RTL_JOB_CANCELLED", `the job was cancelled${who}${why}`);
  return Object.assign(error, { name: "AbortError", by, reason });
}

/** It ran too long. */
export const lateReason = (runMs: number): Error =>
  Object.assign(RtlError.from(lateFailure(undefined, runMs)), { name: "TimeoutError" });
