/**
 * The mark of a thread: one variable in its environment, which every process that its tasks start
 * inherits, and theirs in turn. By it they are found when the thread is gone, whoever their parent is by
 * then. It says which node made it, and which process that node was. Only text: it looks up one link.
 */
import { readlinkSync } from "node:fs";
import { isAlive, startMark } from "../host/process-alive.ts";

/** The variable. */
export const SLOT = "RTL_SLOT";
/** A process of the thread itself, not of a task: it outlives the orders, but not the thread. */
export const SLOT_PART = "RTL_SLOT_PART";

let made = 0;

/** A mark that no other thread of this machine has or had since it was started. */
export function newMark(node: string): string {
  made++;
  return [node, pidSpace(), process.pid, ticksOf(process.pid), made].join(".");
}

/** Whether a mark is of a thread of this very process. */
export function isOfThisLife(mark: string): boolean {
  const [, space, pid, ticks] = mark.split(".");
  return space === pidSpace() && Number(pid) === process.pid && ticks === ticksOf(process.pid);
}

/** Whether a mark is of a node of this name whose process is gone. */
export function isOfFormerLife(mark: string, node: string): boolean {
  const [name, space, pidText = "", ticks] = mark.split(".");
  const pid = Number(pidText);
  // A process id of another container says nothing here.
  if (name !== node || space !== pidSpace() || !Number.isInteger(pid) || pid <= 0) return false;
  return !isAlive(pid) || ticksOf(pid) !== ticks;
}

/** When a process was started, to tell it from a later one with the same id. */
const ticksOf = (pid: number): string => startMark(pid).split("/")[1] ?? "";

/** Which of the machine's sets of process ids ours are from. */
function pidSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "";
  }
}
