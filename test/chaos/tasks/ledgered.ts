/**
 * The task of the chaos suite: it enters itself into the ledger, takes its time, and computes what
 * everyone can check. It can also be told to misbehave, in every way in which a task can take its
 * thread or its whole process along.
 */
import { closeSync, openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { defineTask, numericColumn, withColumns, z } from "../../../src/task/index.ts";
import { enter, mixed } from "../ledger.ts";

const troubles = ["exit", "throw", "memory", "segfault", "hang", "deaf"] as const;
export type Trouble = (typeof troubles)[number];

export const ledgered = defineTask({
  name: "ledgered",
  summary: "For tests.",
  shape: "map",
  params: z.object({
    ledger: z.string(),
    job: z.string(),
    stage: z.string(),
    /** A chunk takes half of this to one and a half times this, by its number. */
    ms: z.number().default(0),
    /** What happens, to every n-th chunk, when it runs for the first time or always. */
    troubles: z.array(z.enum(troubles)).default([]),
    every: z.number().default(1),
    always: z.boolean().default(false),
  }),
  example: { ledger: "/tmp/ledger", job: "job-1", stage: "work" },
  async run(table, params, { chunk, signal }) {
    const { ledger: file, job, stage, ms, every, always } = params;
    const node = process.env["RTL_NODE_ID"] ?? "";
    enter(file, { job, stage, chunk, node, pid: process.pid, beganAt: Date.now() });
    const trouble = params.troubles[Math.floor(chunk / every) % params.troubles.length];
    if (trouble !== undefined && chunk % every === 0) {
      if (always || isFirst(`${file}.${job}.${stage}.${chunk}`)) await misbehave(trouble, signal);
    }
    if (ms > 0) await pause(ms * (0.5 + (mixed(chunk) % 100) / 100), undefined, { signal });
    const x = table.column("x");
    if (x.kind !== "numeric") throw new Error("column x holds no numbers");
    const y = Float64Array.from(Array.from(x.values, Number), mixed);
    return withColumns(table, [numericColumn("y", y)]);
  },
});

/** True for one caller of all, in whatever process: the one that makes the file. */
function isFirst(file: string): boolean {
  try {
    closeSync(openSync(file, "wx"));
    return true;
  } catch {
    return false;
  }
}

async function misbehave(trouble: Trouble, signal: AbortSignal): Promise<void> {
  // What is meant for a thread or a node must never end a test.
  if (isMainThread) throw new Error("tasks run in threads");
  switch (trouble) {
    case "exit":
      return process.exit(3);
    case "throw":
      setTimeout(() => {
        throw new Error("thrown out of a timer");
      });
      return new Promise(() => undefined);
    case "memory": {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array<number>(500_000).fill(hoard.length));
    }
    case "segfault":
      process.kill(process.pid, "SIGSEGV");
      return new Promise(() => undefined);
    case "hang":
      await pause(2 ** 30, undefined, { signal });
      return;
    case "deaf":
      for (;;) if (Date.now() < 0) return;
  }
}
