/** Asks the system about other processes. It never signals one. */
import { readFileSync } from "node:fs";

/** Whether a process with this id runs, also when it belongs to somebody else. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return !isZombie(pid);
}

/** A process that has ended but whose parent has not asked how: it runs no code any more. */
function isZombie(pid: number): boolean {
  return statusFields(pid)?.[0] === "Z";
}

/**
 * A text that differs between two processes that had the same id: the boot and the tick at which it
 * started. Empty where the system does not say.
 */
export function startMark(pid: number): string {
  const ticks = statusFields(pid)?.[START_FIELD];
  if (ticks === undefined) return "";
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()}/${ticks}`;
}

/** Field 22 of the status line; the first two, id and name, are cut off before. */
const START_FIELD = 19;

function statusFields(pid: number): readonly string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name is in brackets and may hold anything, brackets included.
    return line.slice(line.lastIndexOf(")") + 2).split(" ");
  } catch {
    // No such file system here, or the process is gone.
    return undefined;
  }
}
