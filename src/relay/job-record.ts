/** What the cache keeps of a durable job, made and read. Nothing here stores it. */
import type { Encoding } from "../protocol/codec.ts";
import type { Millis } from "../protocol/ids.ts";
import type { JobSpec } from "../protocol/job-spec.ts";
import type { JobRecord, JobSummary, Submit, TableRef } from "../protocol/messages.ts";
import { specDigest } from "../protocol/spec-digest.ts";

/** The record of a new job, before it is stored. */
export function recordOf(
  submit: Submit,
  spec: JobSpec,
  input: TableRef,
  encoding: Encoding,
  relay: string,
  at: Millis,
): JobRecord {
  const { labels, name } = spec;
  return {
    v: 1,
    id: submit.id,
    ...(name !== undefined && { name }),
    state: "running",
    client: submit.client,
    relay,
    submittedAt: at,
    ...(labels !== undefined && { labels: { ...labels } }),
    digest: specDigest(spec),
    spec,
    encoding,
    takeovers: 0,
    ...(submit.group !== undefined && { group: submit.group }),
    ...(submit.origin !== undefined && { origin: submit.origin }),
    ...(submit.input !== undefined && { input }),
  };
}

/** What of a record is told to whoever asks. */
export function summaryOf(record: JobRecord): JobSummary {
  const { v: _v, digest: _d, spec: _s, encoding: _e, input: _i, reports: _r, ...summary } = record;
  return summary;
}
