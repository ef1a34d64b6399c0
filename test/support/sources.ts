/** The project's own source files, as the tidy tests read them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface Source {
  /** From the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports, in order: module specifiers as written, and whether only types come over. */
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean }[];
}

export const folders = ["src", "cli", "tasks", "bench", "examples", "test"] as const;

/** Every TypeScript file of the project. */
export function sources(): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => read(relative(root, join(entry.parentPath ?? entry.path, entry.name)))),
  );
}

export function read(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  return { path: path.replaceAll("\\", "/"), text, imports: importsOf(text) };
}

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const dynamic = /\bimport\(\s*"([^"]+)"\s*\)/g;

export function importsOf(text: string): Source["imports"] {
  const fixed = [...text.matchAll(statement)].map(([, type, from = ""]) => ({
    from,
    typeOnly: type !== undefined,
  }));
  const late = [...text.matchAll(dynamic)].map(([, from = ""]) => ({ from, typeOnly: false }));
  return [...fixed, ...late];
}
