/**
 * What a new member is given: where the servers are, who vouches for them, and its own secrets, as one
 * word that can be carried by hand, or in a file. Whoever has it is the member until it is revoked.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import { token } from "../protocol/messages.ts";
import { memberRoles } from "./permissions.ts";

const BYTES_MAX = 64 * 1024;
const MARK = "rtl1.";

const invitationSchema = z.object({
  name: token,
  role: z.enum(memberRoles),
  servers: z.array(z.string().min(1).max(500)).min(1).max(20),
  credentials: z.string().min(1).max(16_384),
  ca: z.string().startsWith("-----BEGIN CERTIFICATE").max(8_192),
  cert: z.string().startsWith("-----BEGIN CERTIFICATE").max(8_192),
  key: z.string().startsWith("-----BEGIN PRIVATE KEY").max(8_192),
});
export type Invitation = z.infer<typeof invitationSchema>;

/** The invitation as one word. */
export const wordOf = (invitation: Invitation): string =>
  MARK + deflateRawSync(JSON.stringify(invitation), { level: 9 }).toString("base64url");

/** Reads such a word; RTL_USAGE_INVALID for what is none. What it says is in no error. */
export function readInvitation(word: string): Invitation {
  const text = word.trim();
  if (!text.startsWith(MARK)) throw noInvitation(`it does not begin with ${MARK}`);
  let content: unknown;
  try {
    const packed = Buffer.from(text.slice(MARK.length), "base64url");
    const json = inflateRawSync(packed, { maxOutputLength: BYTES_MAX }).toString("utf8");
    content = JSON.parse(json);
  } catch {
    throw noInvitation("it is cut off or damaged");
  }
  const parsed = invitationSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw noInvitation(`its ${parsed.error.issues[0]?.path.join(".")} does not fit`);
}

const noInvitation = (why: string): RtlError =>
  new RtlError("RTL_USAGE_INVALID", `this is no invitation: ${why}`, {
    fix: "make one where the cluster was set up: rtl cluster invite NAME --role tasknode",
  });
