/** Who cancelled a job, when and why: as JSON, and in the words that follow "job X was". */
import type { JobSummary } from "../../src/protocol/messages.ts";

type Cancelled = NonNullable<JobSummary["cancelled"]>;

export const cancelledJson = ({ by, reason, at }: Cancelled) => ({
  cancelled: { by, reason },
  cancelledAt: new Date(at).toISOString(),
});

export const cancelledText = ({ by, reason, at }: Cancelled): string =>
  `cancelled by ${by} at ${new Date(at).toISOString()}${reason && `: ${reason}`}`;
