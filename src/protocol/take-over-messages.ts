/**
 * What a relay that has taken a job over and the nodes that worked for it say to each other. Nothing of
 * it is sent while every relay lives, but that what was remembered may be forgotten.
 */
import { z } from "zod";
import { limits } from "./limits.ts";
import { count, doneSchema, term, token } from "./messages.ts";

export const recallSchema = z.object({
  id: token,
  term,
  /** Where orders in the node's hands are to be answered from now on. */
  answerTo: z.string().max(256),
});
export type Recall = z.infer<typeof recallSchema>;
export const recalledSchema = z.object({
  v: z.literal(1),
  node: token,
  /** One answer that the node gave and whose outputs it still has. */
  done: z.object({ stage: count, answer: doneSchema }).optional(),
  /** Orders in its hands, in the last message. */
  held: z
    .array(
      z.object({
        order: z.string().max(200),
        stage: count,
        items: z
          .array(z.object({ chunk: z.int().min(-1), attempt: z.int().min(1) }))
          .max(limits.batchMax),
      }),
    )
    .default([]),
  last: z.boolean(),
});
export type Recalled = z.infer<typeof recalledSchema>;
export const forgetSchema = z.object({
  id: token,
  term,
  /** Absent: the whole job. */
  stage: count.optional(),
  /** Blocks of the job that stay, since its result lies in them. */
  except: z.array(z.string().max(200)).max(100_000).default([]),
});
export type Forget = z.infer<typeof forgetSchema>;
