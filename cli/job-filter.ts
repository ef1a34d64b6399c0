/** Labels on the command line, and which jobs of a list are meant by them. */
import { clientPrefix, type Rtl } from "../src/index.ts";
import { RtlError } from "../src/protocol/errors.ts";
import type { JobSummary } from "../src/protocol/messages.ts";

/** Those that carry all of these labels, each written k=v. */
export function withLabels(
  jobs: readonly JobSummary[],
  labels: readonly string[] = [],
): readonly JobSummary[] {
  const wanted = labelsOf(labels);
  return jobs.filter((job) => wanted.every(([key, value]) => job.labels?.[key] === value));
}

/** Keys and values of labels that are written k=v. RTL_USAGE_INVALID for what is not. */
export function labelsOf(labels: readonly string[]): readonly (readonly [string, string])[] {
  return labels.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new RtlError("RTL_USAGE_INVALID", `"${text}" is no label`, {
      fix: "write it as key=value",
    });
  });
}

/** Whether a job is one's own: the member's, or where the bus knows none, this machine's. */
export function isOwnOf({ member }: Pick<Rtl, "member">): (job: JobSummary) => boolean {
  if (member !== undefined) return ({ user }) => user === member.name;
  const own = clientPrefix();
  return ({ client }) => client.startsWith(own);
}
