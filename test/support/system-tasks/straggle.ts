/** A task that is slow the first time, wherever that is, and at once done when it is tried elsewhere. */
import { once } from "node:events";
import { defineTask, z } from "../../../src/task/index.ts";

/** Whoever comes to the row 0 first waits until it is told to end, and leaves `<name>.ended` then. */
export const straggle = defineTask({
  name: "straggle",
  summary: "For tests.",
  shape: "map",
  params: z.object({ name: z.string() }),
  example: { name: "one" },
  async run(table, { name }, { files, signal }) {
    const column = table.column("x");
    const isFirstRow = column.kind === "numeric" && Number(column.values[0]) === 0;
    if (!isFirstRow || files.find(`${name}.begun`).length > 0) return table;
    files.write(`${name}.begun`, []);
    await once(signal, "abort");
    files.write(`${name}.ended`, []);
    throw signal.reason;
  },
});
