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
  try {
    // The state follows the name, which is in brackets and may hold anything.
    return /^.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // No such file system here, or gone in this moment; the signal said alive.
    return false;
  }
}
