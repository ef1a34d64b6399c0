/** Which jobs of a list are meant. */
import { RtlError } from "../src/protocol/errors.ts";
import type { JobSummary } from "../src/protocol/messages.ts";

/** Those that carry all of these labels, each written k=v. */
export function withLabels(
  jobs: readonly JobSummary[],
  labels: readonly string[] = [],
): readonly JobSummary[] {
  const wanted = labels.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new RtlError("RTL_USAGE_INVALID", `"${text}" is no label`, {
      fix: "write it as key=value",
    });
  });
  return jobs.filter((job) => wanted.every(([key, value]) => job.labels?.[key] === value));
}
