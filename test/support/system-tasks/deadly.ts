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
  /** What abort() does in native code; Node's own is refused in a thread. */
  abort: () => process.kill(process.pid, "SIGABRT"),
} as const;

/**
 * Leaves a file with its process for each time that it runs, waits from the try on that it is told until it
 * is let go on, then dies: unless a file says that the fault has been put right.
 */
export const die = defineTask({
  name: "die",
  summary: "For tests.",
  shape: "map",
  params: z.object({
    by: z.enum(["exit", "memory", "segfault", "abort"]),
    name: z.string(),
    waitsFrom: z.number().default(Number.MAX_SAFE_INTEGER),
  }),
  example: { by: "exit", name: "one" },
  async run(table, { by, name, waitsFrom }, { files, signal }) {
    const tries = files.find(`${name}.try.*`).length + 1;
    files.write(`${name}.try.${tries}`, [new TextEncoder().encode(String(process.pid))]);
    const isFree = () => tries < waitsFrom || files.find(`${name}.go`).length > 0;
    while (!isFree()) await pause(LOOK_MS, undefined, { signal });
    if (files.find(`${name}.healed`).length > 0) return table;
    endings[by]();
    // A signal may take a moment to arrive.
    await pause(60_000, undefined, { signal });
    return table;
  },
});

/** Writes past the log. */
export const prints = defineTask({
  name: "prints",
  summary: "For tests.",
  shape: "map",
  params: z.object({ text: z.string() }),
  example: { text: "hello" },
  run(table, { text }) {
    process.stdout.write(`${text}\n`);
    return table;
  },
});
