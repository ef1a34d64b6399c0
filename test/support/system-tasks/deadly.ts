/** Tasks that take their worker along, each in its own way, once the test that waits for it says so. */
import { setTimeout as pause } from "node:timers/promises";
import { defineTask, z } from "../../../src/task/index.ts";

const LOOK_MS = 2;

const endings = {
  /** Of a thread: ends it and nothing else. Of a process: ends that. */
  exit: () => process.exit(7),
  memory() {
    const hoard: unknown[] = [];
    for (;;) hoard.push(Array.from({ length: 1_000 }, (_, place) => ({ place })));
  },
  /** As a fault in native code does: nothing of the process lives on. */
  segfault: () => process.kill(process.pid, "SIGSEGV"),
  abort: () => process.abort(),
} as const;

/**
 * Leaves a file for each time that it runs, waits until it is let go on, then dies: unless a file says
 * that the fault has been put right.
 */
export const die = defineTask({
  name: "die",
  summary: "For tests.",
  shape: "map",
  params: z.object({
    by: z.enum(["exit", "memory", "segfault", "abort"]),
    name: z.string(),
    waits: z.boolean().default(false),
  }),
  example: { by: "exit", name: "one" },
  async run(table, { by, name, waits }, { files, signal }) {
    const tries = files.find(`${name}.try.*`).length;
    files.write(`${name}.try.${tries}`, []);
    while (waits && files.find(`${name}.go`).length === 0)
      await pause(LOOK_MS, undefined, { signal });
    if (files.find(`${name}.healed`).length > 0) return table;
    endings[by]();
    // A signal may take a moment to arrive.
    await pause(60_000, undefined, { signal });
    return table;
  },
});
