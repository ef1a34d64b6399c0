/** A task that takes its time, for tests that need work to be under way when something happens. */
import { setTimeout as pause } from "node:timers/promises";
import { defineTask, z } from "../../../src/task/index.ts";

/** Gives its table back after so many milliseconds; heeds its signal meanwhile. */
export const linger = defineTask({
  name: "linger",
  summary: "For tests.",
  shape: "map",
  params: z.object({ ms: z.number() }),
  example: { ms: 10 },
  async run(table, { ms }, { signal }) {
    await pause(ms, undefined, { signal });
    return table;
  },
});
