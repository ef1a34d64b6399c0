/**
 * What is written down about the services of this machine: one file, replaced in one step, and one
 * lock that belongs to their supervisor. A process id alone is never trusted, because ids are used
 * again.
 */
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import { makeFolder } from "./make-folder.ts";
import { isAlive, startMark } from "./process-alive.ts";

const processSchema = z.object({
  pid: z.int().positive(),
  /** Tells a process from a later one with the same id, where the system can say. */
  mark: z.string(),
});
export type ProcessName = z.infer<typeof processSchema>;

const roles = ["nats-server", "relay", "tasknode"] as const;
export type Role = (typeof roles)[number];

const serviceSchema = processSchema.extend({
  role: z.enum(roles),
  /** The role, numbered where there are several: tasknode-1. */
  name: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  ready: z.boolean(),
  /** How often it was started again after a crash. */
  restarts: z.int().nonnegative(),
  logFile: z.string(),
});
export type ServiceState = z.infer<typeof serviceSchema>;

const stateSchema = z.object({
  version: z.literal(1),
  natsUrl: z.string(),
  services: z.array(serviceSchema),
});
export type LocalState = z.infer<typeof stateSchema>;

const stateFile = (stateDir: string): string => join(stateDir, "services.json");
export const logFile = (stateDir: string, name: string): string =>
  join(stateDir, "log", `${name}.log`);

/** The state as last written; undefined when there is none, "unreadable" when it is damaged. */
export function readState(stateDir: string): LocalState | undefined | "unreadable" {
  const file = stateFile(stateDir);
  if (!existsSync(file)) return undefined;
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return "unreadable";
  }
}

/** The bus of the services that run for this folder, for clients that were told of none. */
export function localNatsUrl(stateDir: string): string | undefined {
  if (supervisorOf(stateDir) === undefined) return undefined;
  const state = readState(stateDir);
  return state === undefined || state === "unreadable" ? undefined : state.natsUrl;
}

export function writeState(stateDir: string, state: LocalState): void {
  const draft = `${stateFile(stateDir)}.${process.pid}.part`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, stateFile(stateDir));
}

export function clearState(stateDir: string): void {
  rmSync(stateFile(stateDir), { force: true });
}

export const nameOf = (pid: number): ProcessName => ({ pid, mark: startMark(pid) });

/** Whether exactly this process still runs. */
export const runs = ({ pid, mark }: ProcessName): boolean =>
  isAlive(pid) && (mark === "" || startMark(pid) === mark);

const lockFile = (stateDir: string): string => join(stateDir, "supervisor.lock");

/** The supervisor that runs for this folder, if one does. */
export function supervisorOf(stateDir: string): ProcessName | undefined {
  const holder = readHolder(lockFile(stateDir));
  return holder !== undefined && runs(holder) ? holder : undefined;
}

/** Makes the folder for what is kept here. Throws RTL_CONFIG_INVALID where it cannot be used. */
export function openStateDir(stateDir: string): void {
  try {
    const logs = join(stateDir, "log");
    makeFolder(logs, 0o700);
    for (const folder of [stateDir, logs]) accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const text = `the state folder ${stateDir} cannot be used: ${(error as Error).message}`;
    throw new RtlError("RTL_CONFIG_INVALID", text, {
      cause: error,
      fix: "set RTL_STATE_DIR to a folder that this user may write to",
    });
  }
}

/**
 * Makes this process the only supervisor of the folder. Returns undefined, or the one that is
 * already there. The lock of a dead one is taken over.
 */
export function takeLock(stateDir: string): ProcessName | undefined {
  openStateDir(stateDir);
  const lock = lockFile(stateDir);
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, JSON.stringify(nameOf(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      if (linked(own, lock)) return undefined;
      const holder = readHolder(lock);
      if (holder !== undefined && runs(holder)) return holder;
      setAside(lock, `${own}.stale`, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

export function releaseLock(stateDir: string): void {
  const lock = lockFile(stateDir);
  if (readHolder(lock)?.pid === process.pid) rmSync(lock, { force: true });
}

/** Gives a file a second name, with its content from the first moment; false when it is taken. */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a dead one's lock; puts it back when another process was quicker and holds it. */
function setAside(lock: string, aside: string, dead: ProcessName | undefined): void {
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  const taken = readHolder(aside);
  if (taken !== undefined && taken.pid !== dead?.pid) linked(aside, lock);
  rmSync(aside, { force: true });
}

function readHolder(file: string): ProcessName | undefined {
  try {
    return processSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
