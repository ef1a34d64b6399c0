/** Tasks with which tests of the whole system see and steer what runs where, and when. */
import { setTimeout as pause } from "node:timers/promises";
import { defineTask, numericColumn, withColumns, z } from "../../../src/task/index.ts";

const LOOK_MS = 2;

/** Leaves a file, then waits for another: two pieces that wait for each other must run at once. */
export const meet = defineTask({
  name: "meet",
  summary: "For tests.",
  shape: "map",
  params: z.object({ own: z.string(), other: z.string() }),
  example: { own: "here", other: "there" },
  async run(table, { own, other }, { files, signal }) {
    files.write(own, []);
    while (files.find(other).length === 0) await pause(LOOK_MS, undefined, { signal });
    return table;
  },
});

/** Adds a column with the number of the process that ran it. */
export const whereabouts = defineTask({
  name: "whereabouts",
  summary: "For tests.",
  shape: "map",
  params: z.object({ column: z.string() }),
  example: { column: "pid" },
  run: (table, { column }) =>
    withColumns(table, [numericColumn(column, new Int32Array(table.rows).fill(process.pid))]),
});

/** Fails as long as a file of its attempts has fewer bytes than wanted; asks for another try. */
export const stumble = defineTask({
  name: "stumble",
  summary: "For tests.",
  shape: "map",
  params: z.object({ file: z.string(), times: z.number() }),
  example: { file: "tries", times: 2 },
  run(table, { file, times }, { files }) {
    const tries = files.find(`${file}.*`).length;
    if (tries >= times) return table;
    files.write(`${file}.${tries}`, []);
    throw Object.assign(new Error(`stumbled ${tries + 1} times`), { retry: true });
  },
});

/** Says very much. */
export const chatty = defineTask({
  name: "chatty",
  summary: "For tests.",
  shape: "map",
  params: z.object({ lines: z.number() }),
  example: { lines: 10 },
  run(table, { lines }, context) {
    for (let line = 0; line < lines; line++) context.log(`${line} ${"blah ".repeat(400)}`);
    return table;
  },
});

/** Leaves a file for each time that it runs. */
export const footprint = defineTask({
  name: "footprint",
  summary: "For tests.",
  shape: "map",
  params: z.object({ file: z.string() }),
  example: { file: "step" },
  run(table, { file }, { files }) {
    files.write(`${file}.${crypto.randomUUID()}`, []);
    return table;
  },
});
