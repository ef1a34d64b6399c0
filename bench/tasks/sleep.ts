/** Waits: a task that costs time and no processor. */
import { defineTask, z } from "rtl/task";

export default defineTask({
  name: "benchSleep",
  summary: "hand on the table after a while",
  shape: "map",
  params: z.strictObject({ ms: z.number().min(0) }),
  example: { ms: 10 },
  async run(table, { ms }) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return table;
  },
});
