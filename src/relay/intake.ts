/**
 * What a relay does with a submit before anything runs: read the document, plan it, and, for a
 * durable job, store its record under an id that nobody else has. Every fault is found here, all at
 * once, and nothing has happened when one is.
 */
import type { Cache } from "../cache/cache.ts";
import type { Plan } from "../flow/plan.ts";
import { plan } from "../flow/plan.ts";
import { parseDocument, parseSpec } from "../protocol/document.ts";
import { RtlError } from "../protocol/errors.ts";
import type { JobId, Millis } from "../protocol/ids.ts";
import type { JobSpec } from "../protocol/job-spec.ts";
import { KeptDocuments } from "../protocol/kept-documents.ts";
import { clocks, limits } from "../protocol/limits.ts";
import type { Submit, TableRef } from "../protocol/messages.ts";
import { jobInvalid } from "../protocol/problems.ts";
import type { JobRecord } from "../protocol/records.ts";
import { tableFromJson } from "../table/json.ts";
import { standIn } from "../table/stand-in.ts";
import type { Table } from "../table/table.ts";
import type { Catalog } from "./catalog.ts";

export interface Accepted {
  readonly plan: Plan;
  readonly spec: JobSpec;
  /** What came as JSON is a table already; it takes up no memory until the job begins. */
  readonly input: TableRef | Table;
}

/** A submit, with the member of the bus that it is from, where the server vouches for one. */
export type MemberSubmit = Submit & { readonly user?: string };

const kept = new KeptDocuments<JobSpec>();

/** The plan of a submit. Throws RTL_JOB_INVALID with every problem, or what else is missing. */
export function accept(
  submit: Submit,
  document: unknown,
  catalog: Catalog,
  settings: {
    readonly leaseMs: number;
    readonly chunkRows: number;
    /** Slots that the job was planned for before; those that there are, if it is new. */
    readonly slots?: number;
  },
  at: Millis,
): Accepted {
  const spec = cutBy(readSpec(document), settings.chunkRows);
  const input = readInput(submit.input);
  if (catalog.pools.size === 0) throw noTasknode();
  const planned = plan(submit.id as JobId, spec, catalog, {
    at,
    inputRows: input.rows,
    slots: settings.slots ?? catalog.slots,
    leaseMs: settings.leaseMs as Millis,
    defaults: {
      attempts: clocks.attempts,
      backoffMs: clocks.retryBaseMs as Millis,
      runMs: clocks.runMs as Millis,
      waitMs: clocks.waitMs as Millis,
    },
  });
  if ("plan" in planned) return { plan: planned.plan, spec, input };
  throw jobInvalid(planned.problems);
}

/** The setting for the size of chunks speaks where the document does not: for the job's input. */
function cutBy(spec: JobSpec, rows: number): JobSpec {
  if (rows === 0) return spec;
  const stages = spec.stages.map((stage) =>
    stage.needs.length > 0 || stage.split !== undefined ? stage : { ...stage, split: { rows } },
  );
  return { ...spec, stages };
}

function readSpec(document: unknown): JobSpec {
  const asked = isStage(document) ? { 0: document } : document;
  const text = typeof asked === "string" ? asked : JSON.stringify(asked, jsonNumber);
  if (text === undefined) {
    throw new RtlError(
      "RTL_JOB_INVALID",
      "the submit holds no document, and none is stored for it",
      {
        fix: "send the document as `spec`, or store its stage with cache.put(id, stage) first",
      },
    );
  }
  if (text.length > limits.specBytesMax) {
    throw new RtlError(
      "RTL_DOCUMENT_TOO_LARGE",
      `the document has ${text.length} characters, the limit on the bus is ${limits.specBytesMax}`,
      { fix: "put data into files or into the job's input, not into its document" },
    );
  }
  return kept.get(text, () =>
    typeof asked === "string" ? parseDocument(asked) : parseSpec(JSON.parse(text)),
  );
}

/** Large whole numbers come out of msgpack as bigint; a document knows numbers only. */
function jsonNumber(key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RtlError("RTL_JOB_INVALID", `${key}: ${value} is too large for a number`, {
    fix: "write numbers above 9007199254740991 as text",
  });
}

const readInput = (input: Submit["input"]): TableRef | Table =>
  input === undefined ? standIn() : "json" in input ? tableFromJson(input.json) : input;

/** One stage by itself, as custom clients store it under an envelope's id. */
const isStage = (document: unknown): boolean =>
  typeof document === "object" && document !== null && "tasks" in document;

export const noTasknode = (): RtlError =>
  new RtlError("RTL_NO_TASKNODE", "no tasknode is running", {
    fix: "start the services on this machine with: rtl start",
  });

/** Stores a new record. Returns its revision, or the record that had the id before. */
export async function enrol(
  cache: Cache,
  record: JobRecord,
): Promise<{ readonly revision: number } | { readonly existing: JobRecord }> {
  const revision = await cache.createJob(record);
  if (revision !== undefined) return { revision };
  const existing = await cache.getJob(record.id);
  return existing === undefined ? enrol(cache, record) : { existing: existing.value };
}

/** RTL_JOB_CONFLICT unless the record is of the same document as the one that had its id before. */
export function checkSame({ id, digest }: JobRecord, existing: JobRecord): void {
  if (existing.digest === digest) return;
  throw new RtlError("RTL_JOB_CONFLICT", `job ${id} exists with another document`, {
    at: { job: id },
    fix: "choose another id, or leave it out to get a new one",
  });
}
