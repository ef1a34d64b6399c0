/** Tasks for tests that end jobs at any moment: they leave a trace of each run, and meet in a crowd. */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { defineTask, makeTable, numericColumn, z } from "../../../src/task/index.ts";

const LOOK_MS = 2;

/** Adds a line to a ledger, whole: which job ran, and when. */
export const trace = defineTask({
  name: "trace",
  summary: "For tests.",
  shape: "map",
  params: z.object({ ledger: z.string(), job: z.string() }),
  example: { ledger: "/tmp/ledger", job: "one" },
  run(table, { ledger, job }) {
    appendFileSync(ledger, `${job} ${Date.now()}\n`);
    return table;
  },
});

/** A source that takes its time to be measured, and may be told to end meanwhile. */
export const slowlyMeasured = defineTask({
  name: "slowlyMeasured",
  summary: "For tests.",
  shape: "source",
  params: z.object({ ms: z.number(), rows: z.number() }),
  example: { ms: 10, rows: 3 },
  async measure({ ms, rows }, { signal }) {
    await pause(ms, undefined, { signal });
    return { units: rows, unit: "rows" as const, unitsMin: 1 };
  },
  run(_table, { rows }, { range }) {
    const { start, end } = range ?? { start: 0, end: rows };
    return makeTable([
      numericColumn(
        "x",
        Float64Array.from({ length: end - start }, (_, row) => start + row),
      ),
    ]);
  },
});

/** Ends when so many of its kind run at the same time. */
export const crowd = defineTask({
  name: "crowd",
  summary: "For tests.",
  shape: "map",
  params: z.object({ name: z.string(), place: z.number(), count: z.number() }),
  example: { name: "all", place: 0, count: 4 },
  async run(table, { name, place, count }, { files, signal }) {
    files.write(`${name}.${place}`, []);
    while (files.find(`${name}.*`).length < count) await pause(LOOK_MS, undefined, { signal });
    return table;
  },
});

/** Must see all rows, and changes none. */
export const gathered = defineTask({
  name: "gathered",
  summary: "For tests.",
  shape: "gather",
  params: z.object({}),
  example: {},
  run: (table) => table,
});

/** Uses all of a processor until a file is there. */
export const spinUntil = defineTask({
  name: "spinUntil",
  summary: "For tests.",
  shape: "map",
  params: z.object({ file: z.string() }),
  example: { file: "go" },
  run(table, { file }, { files }) {
    while (files.find(file).length === 0);
    return table;
  },
});
