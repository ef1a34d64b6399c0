/**
 * What comes back on a reply subject: an answer, a failure in its place, or the server's news that
 * nobody listens.
 */
import type { Msg } from "nats";
import { unpack } from "../protocol/codec.ts";
import { type Failure, toFailure } from "../protocol/errors.ts";
import { fit } from "../protocol/fit.ts";
import { limits } from "../protocol/limits.ts";
import { failureSchema } from "../protocol/messages.ts";
import { FAILURE_HEADER } from "../protocol/routes.ts";

/** A failure without what may be long in it. */
export function inShort({ code, message, at, fix }: Failure): Failure {
  const cut = (text: string) => text.slice(0, limits.failureTextCharsMax);
  const short = { code, message: cut(message), ...(fix !== undefined && { fix: cut(fix) }) };
  if (at === undefined) return short;
  const parts = Object.entries(at).map(([key, value]) => [
    key,
    typeof value === "string" ? cut(value) : value,
  ]);
  return { ...short, at: Object.fromEntries(parts) };
}

export const isFailure = (message: Msg): boolean =>
  message.headers !== undefined &&
  (message.headers.code === 503 || message.headers.has(FAILURE_HEADER));

/** The answer, or the failure that stands for it. "No responders" is a failure of its own code. */
export function readAnswer(message: Msg): [answer: unknown, failure: Failure | undefined] {
  if (message.headers?.code === 503 && message.data.length === 0) {
    return [undefined, noResponders];
  }
  try {
    const value = unpack(message.data);
    if (!isFailure(message)) return [value, undefined];
    const parsed = fit(failureSchema, (value as { failure?: unknown } | null)?.failure);
    if (parsed.success) return [undefined, parsed.data as Failure];
    return [undefined, { code: "RTL_INTERNAL", message: "an unreadable failure" }];
  } catch (error) {
    return [undefined, toFailure(error, "RTL_MESSAGE_INVALID")];
  }
}

/** What an answer is when nobody listens on the subject. Compare by identity. */
export const noResponders: Failure = {
  code: "RTL_NO_RELAY",
  message: "no relay is running",
  fix: "start the services on this machine with: rtl start",
};
