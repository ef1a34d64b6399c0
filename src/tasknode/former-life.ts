/**
 * What a node of the same name has left behind that was killed and could not clean up: processes that
 * its tasks had started. They are ended before the node takes any work. Those of a node that lives are
 * never touched.
 */
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { endProcesses } from "./end-processes.ts";
import { processes, treesOf } from "./processes.ts";
import { isOfFormerLife } from "./slot-mark.ts";

export async function endFormerLife(node: string, clock: Clock, log: Log): Promise<void> {
  const find = async () =>
    treesOf(await processes(), ({ mark }) => mark !== undefined && isOfFormerLife(mark, node));
  const count = await endProcesses({ find, force: () => false, clock, log });
  if (count > 0) log.warn({ count }, "processes of an earlier life of this node were ended");
}
