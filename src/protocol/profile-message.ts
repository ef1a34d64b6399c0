/** What a job that asks for it is told of where its time went. */
import { z } from "zod";
import { count, token } from "./messages.ts";

export const spanSchema = z.object({
  /** The process: a relay, a tasknode or a client, by its name. */
  by: z.string().max(100),
  /** What it is part of, and what was called. */
  class: z.string().max(100),
  method: z.string().max(200),
  /** When it began, in milliseconds since the epoch by the clock of whoever measured it. */
  at: z.number(),
  ms: z.number().min(0),
  /** Calls that are told as one. */
  calls: z.int().min(1).default(1),
});
export type Span = z.infer<typeof spanSchema>;

/** Spans in one message. */
export const spansMax = 2_000;

export const profileSchema = z.object({
  v: z.literal(1),
  job: token,
  spans: z.array(spanSchema).max(spansMax),
  /** Spans that were too many to keep. */
  dropped: count.default(0),
});
export type ProfileMessage = z.infer<typeof profileSchema>;
