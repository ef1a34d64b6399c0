/** What is known of jobs: one in full, or many in a table. */
import { type Failure, RtlError } from "../../src/protocol/errors.ts";
import type { JobSummary } from "../../src/protocol/messages.ts";
import { cancelledJson } from "./cancelled.ts";
import { failureLine } from "./failure.ts";
import { textTable } from "./text-table.ts";
import { spanText, timeText } from "./units.ts";

interface TableOptions {
  readonly wide: boolean;
  /** Absent: points of time are written out instead of as ages. */
  readonly now: number | undefined;
}

/** A line per job. */
export function jobTable(jobs: readonly JobSummary[], { wide, now }: TableOptions): string {
  const head = ["ID", "NAME", "STATE", "ROWS", "TOOK", "SUBMITTED"];
  const more = wide ? ["CLIENT", "RELAY", "WHY"] : [];
  return textTable(
    [...head, ...more],
    jobs.map((job) => [
      job.id,
      job.name ?? "-",
      job.state,
      job.rows === undefined ? "-" : String(job.rows),
      tookText(job),
      timeText(job.submittedAt, now),
      ...(wide ? [job.client, job.relay, job.failure?.message ?? whyText(job)] : []),
    ]),
  );
}

/** One job, a line per fact. */
export function jobText(job: JobSummary, now: number | undefined): string {
  const stages = (job.stages ?? []).map(
    ({ stage, done, total }) => `${stage} ${done}/${total ?? "?"}`,
  );
  const labels = Object.entries(job.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const facts: readonly (readonly [string, string])[] = [
    ["id", job.id],
    ["name", job.name ?? ""],
    ["state", job.state],
    ["why", whyText(job)],
    ["cancelled", job.cancelled === undefined ? "" : timeText(job.cancelled.at, now)],
    ["submitted", timeText(job.submittedAt, now)],
    ["took", job.settledAt === undefined ? "" : tookText(job)],
    ["rows", job.rows === undefined ? "" : String(job.rows)],
    ["stages", stages.join("  ")],
    ["labels", labels.join(" ")],
    ["client", job.client],
    ["relay", job.relay],
  ];
  return textTable(
    [],
    facts.filter(([, value]) => value !== ""),
  );
}

/** The exit code that says a job's outcome: 75 while there is none. */
export function jobExit(job: JobSummary): number {
  if (job.state === "completed") return 0;
  if (job.state === "cancelled") return new RtlError("RTL_JOB_CANCELLED", "").exitCode;
  if (job.state !== "failed") return new RtlError("RTL_LIMIT_EXCEEDED", "").exitCode;
  return new RtlError(job.failure?.code ?? "RTL_TASK_FAILED", "").exitCode;
}

/** What `--json` prints of a job: times as dates, as in its events. */
export const jobJson = ({ submittedAt, settledAt, cancelled, ...job }: JobSummary) => ({
  ...job,
  submittedAt: new Date(submittedAt).toISOString(),
  ...(cancelled !== undefined && cancelledJson(cancelled)),
  ...(settledAt !== undefined && { settledAt: new Date(settledAt).toISOString() }),
});

const tookText = ({ submittedAt, settledAt }: JobSummary): string =>
  settledAt === undefined ? "-" : spanText(settledAt - submittedAt);

function whyText({ failure, cancelled }: JobSummary): string {
  if (failure !== undefined) return failureLine(failure as Failure);
  if (cancelled === undefined) return "";
  return `cancelled by ${cancelled.by}${cancelled.reason && `: ${cancelled.reason}`}`;
}
