/** What a tasknode is told by hand: to take no more work, or to take some again. */
import { z } from "zod";
import { count } from "./messages.ts";

export const nodeDrainSchema = z.object({
  /** True: take nothing more and hand back what waits; false: take work again. */
  drain: z.boolean(),
});

export const nodeDrainReplySchema = z.object({
  /** Orders that still run. */
  held: count,
});
