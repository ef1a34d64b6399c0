/** What the server's store says went wrong, in our own words. Nothing here asks the store. */
import { NatsError } from "nats";
import { RtlError } from "../protocol/errors.ts";

/** "no message found": nothing is kept where it was looked for. */
export const isMissing = (error: NatsError): boolean => error.api_error?.err_code === 10037;

/** What the server says when memory, disk or the bound of a bucket is used up. */
const fullCodes: readonly number[] = [10023, 10028, 10047, 10077];

export function storeFailure(cause: unknown): RtlError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const api = cause instanceof NatsError ? cause.api_error?.err_code : undefined;
  const full = api !== undefined && fullCodes.includes(api);
  if (full || /insufficient|maximum bytes/i.test(why)) {
    return new RtlError("RTL_LIMIT_EXCEEDED", `the NATS server's store is full: ${why}`, {
      cause,
      fix: "free space on the server's disk or raise max_file_store in nats.conf",
    });
  }
  // A store that is full answers 503 as well, but with an error of its own beside it.
  const unheard = cause instanceof NatsError && cause.code === "503" && api === undefined;
  if (unheard || /jetstream.*not enabled/i.test(why)) {
    return new RtlError("RTL_BUS_UNFIT", "the NATS server has no JetStream", {
      cause,
      fix: "start it with the nats.conf of this project, or with -js",
    });
  }
  return new RtlError("RTL_BUS_UNFIT", `the NATS server's store failed: ${why}`, { cause });
}
