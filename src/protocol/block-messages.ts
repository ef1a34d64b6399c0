/** How a block gets from its holder to a reader point to point, beside the bus; see src/blocks/door.ts. */
import { z } from "zod";
import { count } from "./messages.ts";

export const blockOpenSchema = z.object({
  key: z.string().max(200),
  /** What tells the reader's machine from others, since it was last started. */
  host: z.string().max(200),
});

/** Where to fetch the block. Empty: in frames over the bus only. */
export const blockDoorSchema = z.object({
  /** A Unix socket on the reader's own machine. */
  path: z.string().max(200).optional(),
  /** An address of the holder's that its configuration opens to other machines. */
  address: z.object({ host: z.string().max(255), port: count.max(65_535) }).optional(),
  /** Good for this block, once, and for a few seconds: 16 bytes as hexadecimal digits. */
  token: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  /** SHA-256 of the block, for a reader on another machine that gets it in frames. */
  digest: z.string().max(64).optional(),
});
export type BlockDoor = z.infer<typeof blockDoorSchema>;
