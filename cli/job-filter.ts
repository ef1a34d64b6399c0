/** Which jobs of a list are meant. */
import { clientPrefix, type Rtl } from "../src/index.ts";
import type { JobSummary } from "../src/protocol/messages.ts";
import { labelsOf } from "./labels.ts";

/** Those that carry all of these labels, each written k=v. */
export function withLabels(
  jobs: readonly JobSummary[],
  labels: readonly string[] = [],
): readonly JobSummary[] {
  const wanted = labelsOf(labels);
  return jobs.filter((job) => wanted.every(([key, value]) => job.labels?.[key] === value));
}

/** Whether a job is one's own: the member's, or where the bus knows none, this machine's. */
export function isOwnOf({ member }: Pick<Rtl, "member">): (job: JobSummary) => boolean {
  if (member !== undefined) return ({ user }) => user === member.name;
  const own = clientPrefix();
  return ({ client }) => client.startsWith(own);
}
