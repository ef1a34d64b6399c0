/**
 * What can be wrong with the NATS server's store, in our own words: it is full, it is not there, or
 * it does not answer for now. It decides nothing but how a fault is called.
 */
import { ErrorCode, NatsError } from "nats";
import { RtlError } from "../protocol/errors.ts";

/** What the server says when memory, disk or the bound of a bucket is used up. */
const fullCodes: readonly number[] = [10023, 10028, 10047, 10077];
/** What a cluster says while it elects a leader, or has lost too many servers for it. */
const electingCodes: readonly number[] = [10004, 10008, 10009, 10118, 10119];
const wrongRevision = 10071;
const otherBounds = 10058;
const noPeers = 10005;
const noCluster = 10074;

const codeOf = (cause: unknown): number | undefined =>
  cause instanceof NatsError ? cause.api_error?.err_code : undefined;

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

export function isWrongRevision(error: unknown): boolean {
  const cause = error instanceof RtlError ? error.cause : error;
  return codeOf(cause) === wrongRevision;
}

/** There is no such stream, or no such message in it. */
export const isNotFound = (cause: unknown): boolean =>
  cause instanceof NatsError && [10037, 10059].includes(cause.api_error?.err_code ?? 0);

/** No room for a stream of the size asked for; a smaller one may fit. */
export function hasNoRoom(cause: unknown): boolean {
  const code = codeOf(cause);
  if (code !== undefined && fullCodes.includes(code)) return true;
  return /insufficient|maximum bytes/i.test(textOf(cause));
}

/**
 * Somebody else made, or removed, the same stream at the same time: its files could not be laid down, or it
 * is there by now with other bounds.
 */
export const isCollision = (cause: unknown): boolean =>
  codeOf(cause) === otherBounds || /creating store/i.test(textOf(cause));

/**
 * Nothing was said about what was asked: it may have been done, or not, and can be asked again.
 * `hasStore`: the server said of itself that it keeps a store.
 */
export function isSilence(cause: unknown, hasStore: boolean): boolean {
  if (cause instanceof RtlError) return cause.code === "RTL_WAIT_TIMEOUT";
  if (!(cause instanceof NatsError)) return false;
  const code = codeOf(cause);
  if (code !== undefined) return electingCodes.includes(code);
  if (cause.code === ErrorCode.Timeout || cause.code === ErrorCode.Disconnect) return true;
  // Nobody serves a stream whose leader is gone, until there is another.
  return hasStore && cause.code === ErrorCode.NoResponders;
}

/** A store that kept silent for all the time that it was given. */
export function silent(cause: unknown, waitedMs: number): RtlError {
  const message = `the NATS server's store did not answer within ${Math.round(waitedMs)} ms`;
  return new RtlError("RTL_STORE_SILENT", message, {
    cause,
    fix: "look at the server's log and at the free space on its disk; then try again",
  });
}

/** Any other failure of the store. */
export function unfit(cause: unknown): RtlError {
  if (cause instanceof RtlError) return cause;
  const why = textOf(cause);
  const code = codeOf(cause);
  if (code === noCluster || (code === noPeers && !hasNoRoom(cause))) {
    return new RtlError("RTL_BUS_UNFIT", `the NATS servers cannot keep so many replicas: ${why}`, {
      cause,
      fix: "set RTL_REPLICAS to 1, or run as many servers as one cluster",
    });
  }
  if (hasNoRoom(cause)) {
    return new RtlError("RTL_LIMIT_EXCEEDED", `the NATS server's store is full: ${why}`, {
      cause,
      fix: "free space on the server's disk or raise max_file in nats.conf",
    });
  }
  // A store that is full answers 503 as well, but with an error of its own beside it.
  const unheard = cause instanceof NatsError && cause.code === "503" && code === undefined;
  if (unheard || /jetstream.*not enabled/i.test(why)) {
    return new RtlError("RTL_BUS_UNFIT", "the NATS server has no JetStream", {
      cause,
      fix: "start it with the nats.conf of this project, or with -js",
    });
  }
  return new RtlError("RTL_BUS_UNFIT", `the NATS server's store failed: ${why}`, { cause });
}
