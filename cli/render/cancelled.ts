/** Who cancelled a job, when and why: as JSON, and in the words that follow "job X was". */
import type { JobSummary } from "../../src/protocol/messages.ts";

type Cancelled = NonNullable<JobSummary["cancelled"]>;

export const cancelledJson = ({ by, reason, at }: Cancelled) => ({
  cancelled: { by, reason },
  ...(at !== undefined && { cancelledAt: new Date(at).toISOString() }),
});

export function cancelledText({ by, reason, at }: Cancelled): string {
  const when = at === undefined ? "" : ` at ${new Date(at).toISOString()}`;
  return `cancelled by ${by}${when}${reason && `: ${reason}`}`;
}
