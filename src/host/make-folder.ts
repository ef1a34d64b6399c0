/** A folder and those above it, made without waiting for ever where none can be. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it that are missing, each private to this user if `mode` says so. One at
 * a time: Node 20's own recursive way never returns where the system says that a folder that exists does
 * not, as it does below /proc. Throws the system's error where a folder cannot be made.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const path = resolve(folder);
  const above = dirname(path);
  if (above !== path && !existsSync(above)) makeFolder(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // It may be there already, or somebody else may have made it meanwhile.
    const isThere = existsSync(path) && statSync(path).isDirectory();
    if (!isThere) throw error;
  }
}
