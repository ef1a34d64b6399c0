/**
 * A lane: a relay's leave for a client to hand short work to free slots itself, for one document and a
 * short while. What is asked for and what is granted; nothing here decides.
 */
import { z } from "zod";
import { limits } from "./limits.ts";
import { count, token } from "./messages.ts";

export const laneAskSchema = z.object({
  /** The job document, as in a submit. */
  spec: z.unknown(),
  client: token,
});
export type LaneAsk = z.infer<typeof laneAskSchema>;

export const laneTermsSchema = z.object({
  pool: token,
  /** Slots of the pool: as many orders may be out, and as many again ahead. */
  slots: z.int().min(1),
  /** The name of the plan's only stage, and its calls with the document's stage of each. */
  name: z.string(),
  calls: z.array(z.object({ task: z.string(), params: z.unknown(), stage: z.string() })).min(1),
  runMs: count.max(limits.spanMsMax),
  /** An input of up to this many rows is one chunk. */
  rowsMax: count,
  /** What one job takes inside its tasks, in milliseconds, as it was measured. */
  meanMs: z.number().min(0),
  /** For how long the lane is open, in milliseconds. */
  forMs: count,
});
export type LaneTerms = z.infer<typeof laneTermsSchema>;

export const laneReplySchema = z.object({
  lane: laneTermsSchema.optional(),
  /** Why there is none, for people. */
  why: z.string().default(""),
});
