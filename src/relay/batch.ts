/** How many pieces of work go into one order. A question only; nothing is taken here. */
import type { Millis, StageIndex } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import type { PoolState } from "./catalog.ts";
import type { JobLoop } from "./job-loop.ts";

/**
 * An order is filled up to about this much work, in milliseconds: far above what sending it costs,
 * and no longer than another job's tiny work may be made to wait.
 */
const orderMs = 3;
/** Of what is ready, each slot gets its share in at least this many orders, so that none ends late. */
const ordersPerSlot = 2;
/** But what is left to the end of a job need not be cut into orders of less than so many milliseconds. */
const orderMsMin = 1;

/** More of short work, but never so many that another slot goes idle. `meanMs`: of one piece, if known. */
export function batchOf(
  loop: JobLoop,
  stage: StageIndex,
  pool: PoolState,
  meanMs: number | undefined,
  at: Millis,
): number {
  if (meanMs === undefined || meanMs >= orderMs || pool.encoding === "json") return 1;
  const wanted = Math.min(limits.batchMax, Math.ceil(orderMs / Math.max(meanMs, 0.01)));
  const shares = ordersPerSlot * pool.slots;
  const ready = loop.readyCount(stage, at, wanted * shares);
  const least = Math.min(
    Math.ceil(orderMsMin / Math.max(meanMs, 0.01)),
    Math.ceil(ready / pool.slots),
  );
  return Math.max(1, Math.min(wanted, Math.max(least, Math.ceil(ready / shares))));
}
