/**
 * Folders that processes of one user on one machine share: for the sockets over which they find each
 * other, and for blocks that memory has no room for; and what tells the machine from others. They are
 * private, and what processes left there that are gone is removed.
 */
import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type Amount, bytesOf } from "./amount.ts";
import { makeFolder } from "./make-folder.ts";
import { isAlive } from "./process-alive.ts";

/** The folder that the environment names, or the usual one. */
export function runtimeFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const given = env["RTL_RUNTIME_DIR"];
  if (given) return given;
  const session = env["XDG_RUNTIME_DIR"];
  return session ? join(session, "rtl") : join(tmpdir(), `rtl-${userInfo().uid}`);
}

/**
 * Makes the folder, and removes what dead processes have left in it: everything there begins with the id
 * of its process. Undefined where there can be none that is private to this user.
 */
export function openPrivateFolder(folder: string): string | undefined {
  try {
    makeFolder(folder, 0o700);
    const { mode, uid } = lstatSync(folder);
    const isPrivate = (mode & 0o077) === 0 && (uid === userInfo().uid || uid === -1);
    if (!isPrivate) return undefined;
    for (const name of readdirSync(folder)) {
      const pid = Number(/^(\d+)-/.exec(name)?.[1]);
      if (pid > 0 && !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true });
    }
    return folder;
  } catch {
    return undefined;
  }
}

interface DoorPlace {
  readonly folder: string;
  readonly host: string;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
}

/** Where blocks can be handed out; undefined where there is no private folder: then the bus carries them. */
export function doorIn(
  folder: string,
  listen: DoorPlace["listen"] = undefined,
): DoorPlace | undefined {
  const opened = openPrivateFolder(folder);
  return opened === undefined ? undefined : { folder: opened, host: machineMark(), listen };
}

interface SpillPlace {
  readonly folder: string;
  readonly bytesMax: number;
}

/**
 * Where this process may put blocks on disk, and how many bytes of them; undefined where there is no such
 * place or none is wanted. A share is one of what is free there now.
 */
export function spillIn(folder: string, amount: Amount): SpillPlace | undefined {
  if ("bytes" in amount && amount.bytes === 0) return undefined;
  const opened = openPrivateFolder(folder);
  if (opened === undefined) return undefined;
  const { bavail, bsize } = statfsSync(opened);
  const own = `${process.pid}-${randomBytes(4).toString("hex")}`;
  return { folder: join(opened, own), bytesMax: bytesOf(amount, bavail * bsize) };
}

/** The same for all processes of a machine until it is started anew; another for every other machine. */
export function machineMark(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return hostname();
  }
}
