/**
 * All processes of the machine, as far as they concern a thread that is to leave nothing behind: who
 * started whom, and whose mark they bear. It reads; it ends nothing.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { SLOT, SLOT_PART } from "./slot-mark.ts";

export interface ProcessSeen {
  readonly pid: number;
  readonly parent: number;
  /** Ids of the first process of its group and of its session. */
  readonly group: number;
  readonly session: number;
  /** The mark that it inherited; undefined where none is or none can be seen. */
  readonly mark: string | undefined;
  /** A process of a thread itself. */
  readonly isPart: boolean;
  /** It has ended, and its parent has not asked how. */
  readonly ended: boolean;
}

/** From /proc where there is one; elsewhere from `ps`, which shows parents and no marks. */
export function processes(): readonly ProcessSeen[] | Promise<readonly ProcessSeen[]> {
  return existsSync("/proc/self/environ") ? processesFromProc() : processesFromPs();
}

const marked = new RegExp(`(?:^|\0)${SLOT}=([^\0]*)`);
const part = `\0${SLOT_PART}=`;

/**
 * Read in one go, without waiting in between: a process that moves on while it is looked for could be
 * missed. About 2 ms for a hundred of them.
 */
export function processesFromProc(): readonly ProcessSeen[] {
  return readdirSync("/proc").flatMap((name): ProcessSeen[] => {
    if (!/^\d+$/.test(name)) return [];
    const stat = contents(`/proc/${name}/stat`);
    // The name of the program is in brackets and may hold anything, brackets included.
    const [state = "", parent, group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent === undefined) return [];
    const ended = state === "Z" || state === "X";
    const environment = ended ? "" : contents(`/proc/${name}/environ`);
    return [
      {
        pid: Number(name),
        parent: Number(parent),
        group: Number(group),
        session: Number(session),
        mark: marked.exec(environment)?.[1],
        isPart: environment.includes(part),
        ended,
      },
    ];
  });
}

/** Empty for a process that is gone, and for one that we may not look into. */
function contents(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

const run = promisify(execFile);

export async function processesFromPs(): Promise<readonly ProcessSeen[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat="]);
  return stdout.split("\n").flatMap((line): ProcessSeen[] => {
    const [pid, parent, group, state = ""] = line.trim().split(/\s+/);
    if (parent === undefined) return [];
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        session: 0,
        mark: undefined,
        isPart: false,
        ended: state.startsWith("Z"),
      },
    ];
  });
}

/**
 * Those that `isRoot` holds for, and all that descend from them: as their children, or in a group or a
 * session that one of them leads. Never this process itself, and nothing that has ended.
 */
export function treesOf(
  all: readonly ProcessSeen[],
  isRoot: (one: ProcessSeen) => boolean,
): readonly ProcessSeen[] {
  const others = all.filter(({ pid }) => pid !== process.pid && pid > 1);
  const found = new Set(others.filter(isRoot).map(({ pid }) => pid));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent, group, session } of others) {
      if (found.has(parent) || found.has(group) || found.has(session)) found.add(pid);
    }
  }
  return others.filter(({ pid, ended }) => found.has(pid) && !ended);
}
