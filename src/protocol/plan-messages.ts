/** What a document would come to if it were submitted now, for people who want to see it before. */
import { z } from "zod";
import { count, token } from "./messages.ts";

export const planAskSchema = z.object({
  /** The job document, as in a submit. */
  spec: z.unknown(),
  /** Rows of the input that it would be given. */
  inputRows: count.default(1),
});
export type PlanAsk = z.infer<typeof planAskSchema>;

export const plannedStageSchema = z.object({
  name: z.string(),
  shape: z.enum(["source", "map", "gather"]),
  /** Tasks in their order, with the part of a task that is not run in one go. */
  calls: z.array(z.object({ task: z.string(), part: z.string(), stage: z.string() })),
  /** The stages whose output it reads, and how; `input` is the job's own. */
  reads: z.array(z.object({ from: z.string(), by: z.string() })),
  /** Known where the input's rows decide it; what a source comes to is measured when it runs. */
  chunks: count.optional(),
  /** Nodes that offer all of its tasks. */
  nodes: z.array(token),
  slots: count,
});
export type PlannedStage = z.infer<typeof plannedStageSchema>;

export const planReplySchema = z.object({
  stages: z.array(plannedStageSchema),
  /** Free and busy slots of all nodes. */
  slots: count,
});
export type PlanReply = z.infer<typeof planReplySchema>;
