/**
 * A whole system for tests of the command line: started by `rtl start`, used through the CLI alone,
 * stopped by `rtl stop`. Its task folder has tasks that wait, that will not stop, and that fail.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { type CliOptions, type CliResult, projectRoot, runCli, startCli } from "./run-cli.ts";
import { type Ending, tempFolder } from "./temp-folder.ts";

const oddTasks = (library: string): string => `
import { defineTask, z } from ${JSON.stringify(library)};
const params = z.object({});
const common = { params, example: {}, shape: "gather" };
export const nap = defineTask({ ...common, name: "nap", summary: "wait for the signal",
  run: (table, _params, { signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("woken")));
  }) });
export const stubborn = defineTask({ ...common, name: "stubborn", summary: "heed nothing",
  run() { for (;;); } });
export const failing = defineTask({ ...common, name: "failing", summary: "fail",
  run() { throw new Error("no luck today"); } });
export const fatal = defineTask({ ...common, name: "fatal", summary: "end the worker, but for one row",
  run(table) { if (table.rows !== 1) process.exit(9); return table; } });
`;

/** Puts a library with these tasks into a folder. */
export function writeOddTasks(folder: string): void {
  const library = join(projectRoot, "dist/src/task/index.js");
  writeFileSync(join(folder, "odd.mjs"), oddTasks(library));
}

/** A job document of one stage with one task. */
export const jobOf = (task: string, params = "{}"): string => `{0: {tasks: {${task}: ${params}}}}`;

export interface CliSystem {
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  run(args: readonly string[], input?: string): Promise<CliResult>;
  start(args: readonly string[], input: string | undefined, t: Ending): ReturnType<typeof startCli>;
  /** Submits a job and resolves with its id when it has started. */
  submitted(document: string): Promise<string>;
}

/** Starts a system that ends with the file of tests. */
export async function withCliSystem(t: Ending = { after }): Promise<CliSystem> {
  const removals: (() => void | Promise<void>)[] = [];
  const folder = tempFolder({ after: (remove) => removals.push(remove) });
  const env = { RTL_STATE_DIR: join(folder, "state") };
  mkdirSync(join(folder, "tasks"));
  writeOddTasks(join(folder, "tasks"));
  const options: CliOptions = { env };
  const run = (args: readonly string[], input = "") => runCli(args, { ...options, input });
  t.after(async () => {
    await run(["stop"]);
    assert.equal((await run(["status", "--quiet"])).exit, 3, "something was left running");
    for (const remove of removals) await remove();
  });
  const roots = ["--data-root", "examples/data", "--tasks", join(folder, "tasks")];
  const started = await run(["start", "--threads", "4", ...roots]);
  assert.equal(started.exit, 0, started.stderr);
  return {
    env,
    folder,
    run,
    start(args, input, test) {
      const running = startCli(args, options, test);
      running.child.stdin?.end(input ?? "");
      return running;
    },
    async submitted(document) {
      const { exit, stdout, stderr } = await run(["job", "submit", "-"], document);
      assert.equal(exit, 0, stderr);
      const id = stdout.trim();
      const watched = await run(["job", "watch", id, "--until", "started"]);
      assert.equal(watched.exit, 0, watched.stderr);
      return id;
    },
  };
}
