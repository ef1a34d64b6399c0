/** Tasks for tests of ending: they start processes of every kind, and do not end when they are told. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { askDuckDb } from "../../../src/format/duckdb/duckdb-client.ts";
import { defineTask } from "../../../src/task/define-task.ts";

const about = { summary: "For tests.", shape: "map", example: {} } as const;

/** Says which process it is, then lives on. */
const stays = 'echo $$ >> "$1"; exec sleep 600';
const scripts = {
  /** A child. */
  child: stays,
  /** A child that no polite signal ends. */
  deaf: `trap '' TERM HUP INT; ${stays}`,
  /** Whoever started it is gone, and it has a session of its own. */
  orphan: `(setsid sh -c '${stays}' sh "$1" &)`,
  /** Of a parent that lives, with no environment at all. */
  stripped: `env -i PATH="$PATH" sh -c '${stays}' sh "$1" & ${stays}`,
  /** When it is asked to end, it starts another that is not. */
  heir: `trap 'sh -c "trap \\"\\" TERM; echo \\$\\$ >> \\"$1\\"; exec sleep 600" sh "$1" & exit' TERM; echo $$ >> "$1"; while :; do sleep 1; done`,
} as const;
const kinds = Object.keys(scripts) as (keyof typeof scripts)[];

/** What a task does when it has started its processes. */
const endings = {
  heeds: (signal: AbortSignal) => pause(600_000, undefined, { signal }),
  ignores: () => new Promise<never>(() => undefined),
  spins: () => {
    for (;;);
  },
  exits: () => process.exit(7),
  returns: () => undefined,
} as const;
const endingNames = Object.keys(endings) as (keyof typeof endings)[];

const linesIn = (file: string): number =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;

/** Starts processes that write their ids into a file, `bare` with an environment of their own. */
export const brood = defineTask({
  ...about,
  name: "brood",
  params: z.object({
    pids: z.string(),
    kinds: z.array(z.enum(kinds as [string, ...string[]])).default(kinds),
    bare: z.boolean().default(false),
    next: z.enum(endingNames as [string, ...string[]]).default("ignores"),
  }),
  async run(table, { pids, kinds, bare, next }, { signal }) {
    const env = bare ? { PATH: process.env["PATH"] } : process.env;
    for (const kind of kinds as (keyof typeof scripts)[]) {
      const child = spawn("sh", ["-c", scripts[kind], "sh", pids], { env, stdio: "ignore" });
      await once(child, "spawn");
      if (kind === "orphan") await once(child, "exit");
    }
    const expected = kinds.length + (kinds.includes("stripped") ? 1 : 0);
    while (linesIn(pids) < expected) await pause(2);
    await endings[next as keyof typeof endings](signal);
    return table;
  },
});

/** Has DuckDB's process started, leaves another, and heeds its signal. */
export const usesDuckDb = defineTask({
  ...about,
  name: "usesDuckDb",
  params: z.object({ pids: z.string() }),
  async run(table, { pids }, { signal }) {
    // There is no such file: that the process has looked for it is all that matters.
    const place = "/nonexistent";
    await askDuckDb({ kind: "inspect", place, path: "none", bytes: 0 }).catch(() => undefined);
    spawn("sh", ["-c", scripts.deaf, "sh", pids], { stdio: "ignore" });
    while (linesIn(pids) < 1) await pause(2);
    await pause(600_000, undefined, { signal });
    return table;
  },
});

/** Waits for a process in a call that returns only when that has ended. */
export const waitsForProcess = defineTask({
  ...about,
  name: "waitsForProcess",
  params: z.object({ pids: z.string(), bare: z.boolean().default(false) }),
  run(table, { pids, bare }) {
    const env = bare ? { PATH: process.env["PATH"] } : process.env;
    spawnSync("sh", ["-c", scripts.deaf, "sh", pids], { env, stdio: "ignore" });
    return table;
  },
});

/** Sleeps in a way that no event wakes. */
export const sleeps = defineTask({
  ...about,
  name: "sleeps",
  params: z.object({ file: z.string() }),
  run(table, { file }, { files }) {
    files.write(file, []);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return table;
  },
});

/** Hears that it is to end, and goes on all the same. */
export const defiant = defineTask({
  ...about,
  name: "defiant",
  params: z.object({ file: z.string() }),
  async run(table, { file }, { files, signal }) {
    files.write(file, []);
    for (;;) {
      try {
        await pause(600_000, undefined, { signal });
      } catch {
        await pause(1);
      }
      if (table.rows < 0) return table;
    }
  },
});

/** Tells in a file why it was told to end. */
export const asksWhy = defineTask({
  ...about,
  name: "asksWhy",
  params: z.object({ file: z.string(), answer: z.string() }),
  async run(table, { file, answer }, { files, signal }) {
    files.write(file, []);
    try {
      await pause(600_000, undefined, { signal });
    } catch (error) {
      const { name, code, message, by, reason } = signal.reason as Error & Record<string, unknown>;
      const told = { name, code, message, by, reason, thrown: (error as Error).name };
      files.write(answer, [new TextEncoder().encode(JSON.stringify(told))]);
      throw error;
    }
    return table;
  },
});
