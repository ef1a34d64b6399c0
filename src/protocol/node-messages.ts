/** What is asked about nodes, and what one is told by hand: to take no more work, or to take some again. */
import { z } from "zod";
import { count, nodeBeatSchema, relayBeatSchema } from "./messages.ts";

export const listedNodeSchema = nodeBeatSchema.extend({
  /** How far its clock was before the relay's when it was last heard of, in milliseconds. */
  aheadMs: z.number().optional(),
});
export type ListedNode = z.infer<typeof listedNodeSchema>;

export const nodeListReplySchema = z.object({
  nodes: z.array(listedNodeSchema),
  relays: z.array(relayBeatSchema),
  /** The clock of the relay that answers, in milliseconds since 1970. */
  at: z.number().default(0),
});
export type NodeListReply = z.infer<typeof nodeListReplySchema>;

export const nodeDrainSchema = z.object({
  /** True: take nothing more and hand back what waits; false: take work again. */
  drain: z.boolean(),
});

export const nodeDrainReplySchema = z.object({
  /** Orders that still run. */
  held: count,
});
