/**
 * Jobs that were submitted on behalf of others: none is taken in whose origin has been cancelled, and
 * none is ended by a relay that has lost the origin without knowing. It ends nothing itself.
 */
import type { Cache } from "../cache/cache.ts";
import type { Cancels } from "../cache/cancels.ts";
import { RtlError } from "../protocol/errors.ts";
import type { Millis } from "../protocol/ids.ts";

export interface OriginPorts {
  readonly cache: Cache;
  readonly cancels: Cancels;
}

/** A cancel of a job without a record says nothing of a later job that has its id. */
const markMeantMs = 60_000;

/** Throws RTL_JOB_CANCELLED when the origin was cancelled; what nobody knows may be anybody's. */
export async function demandOrigin(
  origin: string,
  at: Millis,
  { cache, cancels }: OriginPorts,
): Promise<void> {
  const record = (await cache.getJob(origin))?.value;
  const mark = record?.settledAt === undefined ? await cancels.of(origin) : undefined;
  const isMeant = mark !== undefined && Math.abs(at - mark.at) < markMeantMs;
  if (record?.state !== "cancelled" && !isMeant) return;
  throw new RtlError("RTL_JOB_CANCELLED", `job ${origin}, on whose behalf it is, was cancelled`, {
    at: { job: origin },
    fix: "submit it without `origin` if it is to run by itself",
  });
}

/** Whether whoever revokes work of a job under this term still owns it. */
export async function ownsStill(id: string, term: number, cache: Cache): Promise<boolean> {
  const record = (await cache.getJob(id))?.value;
  return record === undefined || record.takeovers <= term;
}
