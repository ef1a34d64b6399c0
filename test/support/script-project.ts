/** A copy of the project's scripts in a folder of its own, with tests and programs of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { type Ending, tempFolder } from "./temp-folder.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface ScriptRun {
  readonly code: number | null;
  /** Last line of standard output. */
  readonly last: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScriptProject {
  readonly folder: string;
  start(
    command: string,
    args: readonly string[],
  ): { readonly child: ChildProcess; readonly ended: Promise<ScriptRun> };
}

/** `files` are compiled files by their names below dist. */
export function scriptProject(t: Ending, files: Record<string, string>): ScriptProject {
  const folder = tempFolder(t);
  cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  mkdirSync(join(folder, ".ci"));
  cpSync(join(root, ".ci", "run"), join(folder, ".ci", "run"));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      name: "probe",
      type: "module",
      engines: { node: ">=20" },
      scripts: { test: "node scripts/test.mjs" },
    }),
  );
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, "dist", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(join(folder, "dist", ".built"), "");
  const start = (command: string, args: readonly string[]) => {
    // Without this the inner runner takes itself for a part of the outer one.
    const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
    const options: SpawnOptions = { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] };
    const child = spawn(command, args, options);
    const text = { stdout: "", stderr: "" };
    child.stdout?.on("data", (part) => {
      text.stdout += part;
    });
    child.stderr?.on("data", (part) => {
      text.stderr += part;
    });
    const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
    const ended = Promise.all([once(child, "exit"), ...streams.map((one) => finished(one))]);
    return {
      child,
      ended: ended.then(([[code]]) => ({
        code: code as number | null,
        last: text.stdout.trimEnd().split("\n").at(-1),
        ...text,
      })),
    };
  };
  return { folder, start };
}
