/**
 * Cancelling while no relay runs: the mark is kept on disk by the server, and whichever relay comes next
 * ends the job instead of going on with it. Nothing here waits for that.
 */
import type { Cache } from "../cache/cache.ts";
import type { Cancels } from "../cache/cancels.ts";
import { RtlError } from "../protocol/errors.ts";
import { type Cancel, jobSummarySchema } from "../protocol/messages.ts";
import type { CancelAnswer } from "./job-handle.ts";

/** Throws RTL_JOB_UNKNOWN for a job without a record. One that is over is left as it is. */
export async function markCancelled(
  cache: Cache,
  cancels: Cancels,
  cancel: Cancel,
): Promise<CancelAnswer> {
  const { id } = cancel;
  const record = await cache.getJob(id);
  if (record === undefined) {
    throw new RtlError("RTL_JOB_UNKNOWN", `no job ${id}`, {
      at: { job: id },
      fix: "start a relay with rtl start, and list the jobs with: rtl job ls",
    });
  }
  const summary = jobSummarySchema.parse(record.value);
  if (summary.settledAt !== undefined) return summary;
  await cancels.mark(id, cancel);
  return { ...summary, state: "cancelling", waitsForRelay: true };
}
