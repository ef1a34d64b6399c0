/** Tasks whose behaviour hangs on files, so that the same document is quick at one time and not at another. */
import { setTimeout as pause } from "node:timers/promises";
import { defineTask, makeTable, numericColumn, withColumns, z } from "../../../src/task/index.ts";

const LOOK_MS = 2;

/**
 * Waits as long as `<name>.waits` exists, and leaves `<name>.began` before; ends its thread once for each
 * `<name>.exits` that has no `<name>.exited`. Says how many rows it saw.
 */
export const moody = defineTask({
  name: "moody",
  summary: "For tests.",
  shape: "map",
  params: z.object({ name: z.string() }),
  example: { name: "one" },
  async run(table, { name }, { files, signal, log }) {
    const is = (mood: string): boolean => files.find(`${name}.${mood}`).length > 0;
    if (is("exits") && !is("exited")) {
      files.write(`${name}.exited`, []);
      process.exit(7);
    }
    if (is("waits")) files.write(`${name}.began`, []);
    while (is("waits")) await pause(LOOK_MS, undefined, { signal });
    log(`saw ${table.rows} rows`);
    return withColumns(table, [numericColumn("pid", new Int32Array(table.rows).fill(process.pid))]);
  },
});

/** A table of so many rows, whatever came in. */
export const inflate = defineTask({
  name: "inflate",
  summary: "For tests.",
  shape: "gather",
  params: z.object({ rows: z.number() }),
  example: { rows: 10 },
  run: (_table, { rows }) =>
    makeTable([
      numericColumn(
        "x",
        Float64Array.from({ length: rows }, (_, row) => row),
      ),
    ]),
});
