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

/** The server's word that we may not speak where we asked: it stands for an answer. */
export class Denied {
  readonly failure: Failure;

  constructor(subject: string, member: string) {
    this.failure = {
      code: "RTL_RIGHTS_MISSING",
      message: `${member} may not speak on ${subject}`,
      fix: "ask who keeps the cluster for a role that may: rtl cluster invite NAME --role dispatcher",
    };
  }
}

/** What may come in where an answer is waited for. */
export type Heard = Msg | Denied;

export const isFailure = (heard: Heard): heard is Denied =>
  heard instanceof Denied ||
  (heard.headers !== undefined &&
    (heard.headers.code === 503 || heard.headers.has(FAILURE_HEADER)));

/** The answer, or the failure that stands for it. "No responders" is a failure of its own code. */
export function readAnswer(message: Heard): [answer: unknown, failure: Failure | undefined] {
  if (message instanceof Denied) return [undefined, message.failure];
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
