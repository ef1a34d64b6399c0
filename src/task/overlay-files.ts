/**
 * The files of one folder for golden cases: what a task writes goes to a second folder and is seen
 * from then on, so that the first never changes. Running services use host's confined files instead.
 */
import { mkdirSync, readdirSync, readFileSync, type Stats, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { RtlError } from "../protocol/errors.ts";
import type { TaskFiles } from "./context.ts";

/** Reads from `overlay` first and `root` second; writes to `overlay` only. */
export function overlayFiles(root: string, overlay: string): TaskFiles {
  const inside = (path: string): string => {
    const own = relative(root, resolve(root, path));
    if (own !== ".." && !own.startsWith(`..${sep}`) && !own.startsWith(sep)) return own;
    throw new RtlError("RTL_FILE_REFUSED", `the path ${path} leads out of the folder ${root}`);
  };
  const locate = (path: string): string => {
    const own = inside(path);
    const found = [join(overlay, own), join(root, own)].find(isFile);
    if (found !== undefined) return found;
    throw new RtlError("RTL_FILE_MISSING", `there is no file ${path} in ${root}`);
  };
  return {
    find(pattern) {
      const fits = globExpression(pattern);
      const names = [root, overlay]
        .filter(isFolder)
        .flatMap((folder) =>
          readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
            isFile(join(folder, name)),
          ),
        );
      return [...new Set(names)].filter((name) => fits.test(name)).sort();
    },
    locate,
    size: (path) => statSync(locate(path)).size,
    read: (path, start, end) => new Uint8Array(readFileSync(locate(path)).subarray(start, end)),
    write(path, parts) {
      const own = inside(path);
      const folder = dirname(own);
      if (!isFolder(join(root, folder))) {
        throw new RtlError("RTL_FILE_MISSING", `there is no folder ${folder} in ${root}`);
      }
      mkdirSync(join(overlay, folder), { recursive: true });
      writeFileSync(join(overlay, own), Buffer.concat(parts));
    },
  };
}

const isFile = (path: string): boolean => statusOf(path)?.isFile() ?? false;
const isFolder = (path: string): boolean => statusOf(path)?.isDirectory() ?? false;

/** Undefined also for a path that none can be, such as one that is too long. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** `*` and `?` stay within a folder name, `**` does not. */
function globExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) =>
      wild === "**/" ? "(?:.*/)?" : wild === "**" ? ".*" : wild === "*" ? "[^/]*" : "[^/]",
    );
  return new RegExp(`^${source}$`);
}
