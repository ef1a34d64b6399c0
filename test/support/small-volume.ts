/**
 * A volume of a test's own with little room, which can be filled and freed: a tmpfs. It needs the
 * rights of root. It is unmounted by its test, after all that uses it has ended.
 */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Ending, tempFolder } from "./temp-folder.ts";

export interface SmallVolume {
  readonly folder: string;
  /** Writes until nothing is left. */
  fill(): void;
  /** Removes what filled it. */
  free(): void;
}

/** Undefined where mounting is not permitted. */
export function smallVolume(t: Ending, megabytes: number): SmallVolume | undefined {
  // What is registered first ends last: the folder is removed when nothing is mounted on it any more.
  const folder = tempFolder(t);
  try {
    const options = `size=${megabytes}m`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    return undefined;
  }
  t.after(() => void execFileSync("umount", [folder], { stdio: "pipe" }));
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const file = openSync(ballast, "a");
      try {
        for (const piece of [Buffer.alloc(64 * 1024), Buffer.alloc(512)]) writeAll(file, piece);
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
  };
}

function writeAll(file: number, piece: Buffer): void {
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
