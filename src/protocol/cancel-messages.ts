/** What is heard on a job's own cancel subject, from whoever may speak there. */
import type { z } from "zod";
import { cancelSchema, text, token } from "./messages.ts";

/** On a job's own subject, which says the job: an empty message is enough. */
export const bareCancelSchema = cancelSchema.extend({
  id: token.optional(),
  by: text.default("someone on the bus"),
  /** The member who asks, where it must be the job's own. */
  user: token.optional(),
});
export type BareCancel = z.infer<typeof bareCancelSchema>;
