/**
 * Finds the files below some folders that fit a pattern. Links that lead out of the folders are
 * passed over; `**` does not follow links at all, because they may go round in circles.
 */
import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { RtlError } from "../protocol/errors.ts";
import { fitsName, isPattern } from "./glob.ts";

/** A pattern that looks at more entries than this was not meant. */
const ENTRIES_MAX = 1_000_000;

interface Search {
  readonly trueRoots: readonly string[];
  readonly found: Set<string>;
  entries: number;
}

/**
 * Sorted paths of plain files, each once: relative to their root, or absolute if the pattern is.
 * The pattern is in its shortest form and does not leave the roots by its text.
 */
export function findFiles(roots: readonly string[], pattern: string): string[] {
  const found = new Set<string>();
  const trueRoots = roots.map(trueOrNone).filter((root) => root !== undefined);
  const search: Search = { trueRoots, found: new Set(), entries: 0 };
  const absolute = isAbsolute(pattern);
  // A name may itself hold a star; then it is that file which is meant.
  const places = absolute ? [pattern] : roots.map((root) => join(root, pattern));
  if (places.some((place) => kindOf(search, place) === "file")) return [pattern];
  for (const root of roots) {
    const inside = absolute ? relative(root, pattern) : pattern;
    if (inside === ".." || inside.startsWith(`..${sep}`)) continue;
    search.found.clear();
    walk(search, root, inside.split(sep));
    for (const path of search.found) found.add(absolute ? path : relative(root, path));
  }
  return [...found].sort();
}

function walk(search: Search, folder: string, segments: readonly string[]): void {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  if (segment === "**") {
    walkDeep(search, folder, rest.length === 0 ? ["*"] : rest);
    return;
  }
  if (!isPattern(segment)) {
    visit(search, join(folder, segment), rest);
    return;
  }
  for (const entry of entriesOf(search, folder)) {
    if (fitsName(entry.name, segment)) visit(search, join(folder, entry.name), rest);
  }
}

function walkDeep(search: Search, folder: string, rest: readonly string[]): void {
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    walk(search, next, rest);
    for (const entry of entriesOf(search, next)) {
      if (entry.isDirectory() && !entry.name.startsWith(".")) open.push(join(next, entry.name));
    }
  }
}

function visit(search: Search, path: string, rest: readonly string[]): void {
  const kind = kindOf(search, path);
  if (rest.length === 0 && kind === "file") search.found.add(path);
  if (rest.length > 0 && kind === "folder") walk(search, path, rest);
}

/** What is at a path, if it is there and truly inside the roots. */
function kindOf(search: Search, path: string): "file" | "folder" | undefined {
  const place = trueOrNone(path);
  if (place === undefined) return undefined;
  const inside = search.trueRoots.some(
    (root) => !`${relative(root, place)}${sep}`.startsWith(`..${sep}`),
  );
  if (!inside) return undefined;
  const status = statSync(place, { throwIfNoEntry: false });
  if (status?.isFile()) return "file";
  return status?.isDirectory() ? "folder" : undefined;
}

function entriesOf(search: Search, folder: string): Dirent[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Gone meanwhile, or not ours to read: then nothing in it fits.
    return [];
  }
  search.entries += entries.length;
  if (search.entries <= ENTRIES_MAX) return entries;
  throw new RtlError("RTL_LIMIT_EXCEEDED", `the pattern looks at more than ${ENTRIES_MAX} files`, {
    fix: "name the folder more exactly",
  });
}

function trueOrNone(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
