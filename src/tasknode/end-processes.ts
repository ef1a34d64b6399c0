/**
 * Ends processes that nobody may leave running: asks them, then kills them, and waits until they are
 * gone. It looks anew each time, because what is to end may start others until it has. What does not
 * die within a bound is told in the log, and no longer waited for.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { clocks } from "../protocol/limits.ts";
import type { ProcessSeen } from "./processes.ts";

export interface Ending {
  /** Those that are to end and have not. */
  readonly find: () => readonly ProcessSeen[] | Promise<readonly ProcessSeen[]>;
  /** Whether they are killed without being asked; asked anew each time. */
  readonly force: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS_MIN = 2;
const LOOK_MS_MAX = 64;

/** How many were found. */
export async function endProcesses({ find, force, clock, log }: Ending): Promise<number> {
  const began = clock.now();
  const asked = new Set<number>();
  for (let lookMs = LOOK_MS_MIN; ; lookMs = Math.min(2 * lookMs, LOOK_MS_MAX)) {
    const found = await look(find, log);
    if (found.length === 0) return asked.size;
    const now = clock.now();
    if (now - began >= clocks.processGoneMs) {
      log.warn({ pids: found.map(({ pid }) => pid) }, "processes of a task did not end");
      return asked.size;
    }
    for (const { pid } of found) {
      if (force() || now - began >= clocks.processEndMs) signal(pid, "SIGKILL", log);
      else if (!asked.has(pid)) signal(pid, "SIGTERM", log);
      asked.add(pid);
    }
    await pause(lookMs);
  }
}

/** A thread must come to its end also where the system does not tell of its processes. */
async function look(find: Ending["find"], log: Log): Promise<readonly ProcessSeen[]> {
  try {
    return await find();
  } catch (error) {
    log.warn({ error }, "processes of a task cannot be looked for");
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals, log: Log): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // That it is gone by itself is all that we want.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH") log.warn({ pid, error }, "a process of a task cannot be ended");
  }
}
