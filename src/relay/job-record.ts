/** What the cache keeps of a durable job, made and read. Nothing here stores it. */
import { createHash } from "node:crypto";
import type { CancelMark } from "../cache/cancels.ts";
import type { Plan } from "../flow/plan.ts";
import type { Encoding } from "../protocol/codec.ts";
import type { Millis } from "../protocol/ids.ts";
import type { JobSpec } from "../protocol/job-spec.ts";
import type { JobSummary } from "../protocol/messages.ts";
import type { JobRecord } from "../protocol/records.ts";
import { specDigest } from "../protocol/spec-digest.ts";
import type { MemberSubmit } from "./intake.ts";
import type { KeptInput } from "./keep-input.ts";

/** The record of a new job, before it is stored. */
export function recordOf(
  submit: MemberSubmit,
  spec: JobSpec,
  { input, kept }: KeptInput,
  encoding: Encoding,
  owner: { readonly relay: string; readonly life: string },
  planned: NonNullable<JobRecord["planned"]>,
  at: Millis,
): JobRecord {
  const { labels, name } = spec;
  return {
    v: 1,
    id: submit.id,
    ...(name !== undefined && { name }),
    state: "running",
    client: submit.client,
    ...(submit.user !== undefined && { user: submit.user }),
    ...owner,
    submittedAt: at,
    ...(labels !== undefined && { labels: { ...labels } }),
    digest: specDigest(spec),
    spec,
    encoding,
    takeovers: 0,
    planned,
    ...(submit.group !== undefined && { group: submit.group }),
    ...(submit.origin !== undefined && { origin: submit.origin }),
    ...(submit.input !== undefined && { input }),
    ...(kept !== undefined && { inputKept: kept }),
  };
}

/** What of a record is told to whoever asks. */
export function summaryOf(record: JobRecord): JobSummary {
  const { v: _v, digest: _d, spec: _s, encoding: _e, input: _i, reports: _r, ...rest } = record;
  const { inputKept: _k, life: _l, planned: _p, takeovers: _t, acceptedAt: _a, ...others } = rest;
  const { result: _result, ...summary } = others;
  return summary;
}

/**
 * What a plan comes to, beside the job that it is for: a relay that plans a job again and gets the same
 * can use what was made by the plan before.
 */
export const planDigest = ({ stages }: Plan): string =>
  createHash("sha256").update(JSON.stringify(stages)).digest("hex");

/** Clocks of different machines may be this far apart, in milliseconds. */
const skewMs = 2_000;

/**
 * Whether a mark means this job, and neither one that had its id before nor another member's. By the server's clock
 * the job was accepted when its record was first stored, which is when it was last stored, unless it was taken over.
 */
export function isOfThisJob(
  { at, cancel }: CancelMark,
  { acceptedAt, user }: JobRecord,
  storedAt: number | undefined,
): boolean {
  if (cancel.user !== undefined && cancel.user !== user) return false;
  const since = acceptedAt ?? storedAt;
  return since === undefined || at >= since - skewMs;
}
