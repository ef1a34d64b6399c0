/**
 * What the cache keeps, as schemas: a record is checked when it is read, like a message, because an
 * older version of this program may have written it.
 */
import { z } from "zod";
import { limits } from "./limits.ts";
import {
  count,
  encodingSchema,
  failureSchema,
  jobSummarySchema,
  resultSchema,
  stageReportSchema,
  tableRefSchema,
  token,
} from "./messages.ts";

/** Bytes in numbered parts of a bucket, found by how many there are and what they amount to. */
export const partsHeadSchema = z.object({
  parts: count.max(limits.keptInputBytesMax / limits.frameBytesMax),
  digest: z.string().max(64),
});

/** What the cache keeps of a durable job. */
export const jobRecordSchema = jobSummarySchema.extend({
  v: z.literal(1),
  /** Canonical text of the document, to tell the same submit from another under the same id. */
  digest: z.string(),
  spec: z.unknown(),
  /** What its submitter speaks, and therefore its events. */
  encoding: encodingSchema.default("msgpack"),
  input: tableRefSchema.optional(),
  /** Where the input's bytes are kept for another relay, if they do not fit into the record. */
  inputKept: partsHeadSchema.optional(),
  group: token.optional(),
  origin: token.optional(),
  /** By the server's clock; known once another relay has taken the job over. */
  acceptedAt: z.number().optional(),
  /** Which life of its relay owns the job: a relay that starts again has forgotten what it had. */
  life: z.string().max(100).default(""),
  /** How often another relay took the job over: the term of the one that has it now. */
  takeovers: count.default(0),
  /** Slots at the time of planning and what the plan came to: the same again makes the same chunks. */
  planned: z.object({ slots: count, digest: z.string().max(64) }).optional(),
  reports: z.array(stageReportSchema).optional(),
  /** A result that is small enough; any other is in a bucket of its own. */
  result: resultSchema.optional(),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

/** What the cache keeps beside the parts of another server's answer. */
export const keptAnswerSchema = z.object({
  ...partsHeadSchema.shape,
  expiresAt: z.number(),
  contentType: z.string(),
  parts: z
    .int()
    .min(0)
    .max(limits.keptAnswerBytesMax / limits.frameBytesMax),
});

export const deadLetterSchema = z.object({
  v: z.literal(1),
  job: token,
  /** Name of the job, if it has one. */
  name: z.string().optional(),
  client: z.string(),
  /** When it was given up, in milliseconds since the epoch. */
  at: z.number(),
  /** Why: it ended its workers on several nodes, or had no attempt left. */
  reason: z.enum(["poison", "exhausted"]),
  stage: z.string(),
  chunk: z.int().min(-1),
  /** Units of a source or rows of an input that the chunk is, where it is a part of either. */
  range: z.object({ start: count, end: count }).optional(),
  /** Tasks that run in the stage, with their parameters. */
  calls: z.array(z.object({ task: z.string(), params: z.unknown() })),
  attempts: z.array(
    z.object({
      attempt: count,
      node: z.string().optional(),
      at: z.number(),
      code: z.string(),
      message: z.string(),
    }),
  ),
  failure: failureSchema,
  /** What the work was to read. Blocks may be gone by the time that somebody looks. */
  inputs: z.array(
    z.object({
      rows: count,
      bytes: count.optional(),
      block: z.string().optional(),
      holder: z.string().optional(),
    }),
  ),
  /** The job's document and input, to hand it in again. */
  spec: z.unknown(),
  input: tableRefSchema.optional(),
  /** Where the input's bytes are kept, if they do not fit into the letter. */
  inputKept: partsHeadSchema.optional(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;
