/**
 * Processes of tasks that no thread looks after any more: a node that was killed has left them, or one
 * that has to go at once would. Those of another node that lives are never touched.
 */
import { existsSync } from "node:fs";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { endProcesses } from "./end-processes.ts";
import { processes, processesFromProc, treesOf } from "./processes.ts";
import { isOfFormerLife, isOfThisLife } from "./slot-mark.ts";

/** Ends what an earlier life of the node of this name has left, before it takes any work. */
export async function endFormerLife(node: string, clock: Clock, log: Log): Promise<void> {
  const find = async () =>
    treesOf(await processes(), ({ mark }) => mark !== undefined && isOfFormerLife(mark, node));
  const count = await endProcesses({ find, force: () => false, clock, log });
  if (count > 0) log.warn({ count }, "processes of an earlier life of this node were ended");
}

/** Each look may find what those of the one before have started while they were killed. */
const LAST_LOOKS = 3;

/** The last act of this process: kills, without waiting, what its threads would leave. */
export function killOwn(): void {
  if (!existsSync("/proc/self/environ")) return;
  for (let looks = 0; looks < LAST_LOOKS; looks++) {
    const own = treesOf(
      processesFromProc(),
      ({ mark }) => mark !== undefined && isOfThisLife(mark),
    );
    if (own.length === 0) return;
    for (const { pid } of own) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It is gone, or somebody else's: there is nobody left to tell.
      }
    }
  }
}
