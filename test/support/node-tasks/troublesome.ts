/** Tasks for tests of the tasknode: well-behaved ones, and every way in which a task can misbehave. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { RtlError } from "../../../src/protocol/errors.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { makeTable, type Table, withColumns } from "../../../src/table/table.ts";
import { defineTask } from "../../../src/task/define-task.ts";

const none = z.object({}).loose();
const about = { summary: "For tests.", params: none, example: {} } as const;

const values = (table: Table, name: string): Float64Array => {
  const column = table.column(name);
  if (column.kind !== "numeric" || !(column.values instanceof Float64Array)) {
    throw new RtlError("RTL_PARAMS_INVALID", `column ${name} is no float64`);
  }
  return column.values;
};

export const echo = defineTask({ ...about, name: "echo", shape: "map", run: (table) => table });

export const double = defineTask({
  ...about,
  name: "double",
  shape: "map",
  run(table, _params, context) {
    context.tally("{} rows doubled", table.rows);
    context.log("doubled");
    return makeTable([
      numericColumn(
        "x",
        values(table, "x").map((value) => 2 * value),
      ),
    ]);
  },
});

/** Fails for the rows that it is told to, and may ask for another try. */
export const picky = defineTask({
  ...about,
  name: "picky",
  shape: "map",
  params: z.object({ bad: z.number(), retry: z.boolean().default(false) }),
  run(table, { bad, retry }) {
    if (values(table, "x").includes(bad)) throw Object.assign(new Error(`saw ${bad}`), { retry });
    return table;
  },
});

export const mark = defineTask({
  ...about,
  name: "mark",
  shape: "map",
  run: (table) =>
    withColumns(table, [numericColumn(`y${values(table, "x")[0]}`, values(table, "x"))]),
});

export const many = defineTask({
  ...about,
  name: "many",
  shape: "map",
  params: z.object({ rows: z.number() }),
  run: (_table, { rows }) =>
    makeTable([
      numericColumn(
        "x",
        Float64Array.from({ length: rows }, (_, row) => row),
      ),
    ]),
});

export const numbers = defineTask({
  ...about,
  name: "numbers",
  shape: "source",
  params: z.object({ rows: z.number() }),
  measure: (params) => ({ units: params.rows, unit: "rows" as const, unitsMin: 2 }),
  run(_table, params, { range }) {
    const { start, end } = range ?? { start: 0, end: params.rows };
    const column = Float64Array.from({ length: end - start }, (_, row) => start + row);
    return makeTable([numericColumn("x", column)]);
  },
});

export const lessMean = defineTask({
  ...about,
  name: "lessMean",
  shape: "fold",
  measure: (table) => ({ sum: values(table, "x").reduce((a, b) => a + b, 0), rows: table.rows }),
  merge: (a, b) => ({ sum: a.sum + b.sum, rows: a.rows + b.rows }),
  apply: (table, { sum, rows }) =>
    makeTable([
      numericColumn(
        "x",
        values(table, "x").map((value) => value - sum / rows),
      ),
    ]),
  report: ({ sum, rows }, _params, context) => context.log(`mean ${sum / rows}`),
});

export const widths = defineTask({
  ...about,
  name: "widths",
  shape: "gather",
  separateInputs: true,
  run: (_table, _params, { inputs }) =>
    makeTable([
      numericColumn(
        "x",
        Float64Array.from(inputs, ({ columns }) => columns.length),
      ),
    ]),
});

/** Waits until a file is there, and heeds its signal meanwhile. */
export const gate = defineTask({
  ...about,
  name: "gate",
  shape: "map",
  params: z.object({ file: z.string() }),
  async run(table, { file }, { files, signal }) {
    while (files.find(file).length === 0) await pause(2, undefined, { signal });
    return table;
  },
});

/** Says that it has begun, then never looks up again. */
export const deaf = defineTask({
  ...about,
  name: "deaf",
  shape: "map",
  params: z.object({ file: z.string().optional() }),
  run(table, { file }, { files }) {
    if (file !== undefined) files.write(file, []);
    for (;;) if (table.rows < 0) return table;
  },
});

/** A loop that never waits, but asks; and then returns what it has. */
export const polite = defineTask({
  ...about,
  name: "polite",
  shape: "map",
  params: z.object({ file: z.string() }),
  run(table, { file }, { files, isCancelled }) {
    files.write(file, []);
    while (!isCancelled());
    return table;
  },
});

/** Ends its thread when it sees the row that it is told to look for. */
export const exits = defineTask({
  ...about,
  name: "exits",
  shape: "map",
  params: z.object({ at: z.number() }),
  run(table, { at }) {
    if (values(table, "x").includes(at)) process.exit(7);
    return table;
  },
});

export const throwsNothing = defineTask({
  ...about,
  name: "throwsNothing",
  shape: "map",
  run() {
    throw undefined;
  },
});

export const noTable = defineTask({
  ...about,
  name: "noTable",
  shape: "map",
  run: () => ({ rows: 1 }) as unknown as Table,
});

export const hoards = defineTask({
  ...about,
  name: "hoards",
  shape: "map",
  run(table) {
    const hoard: string[][] = [];
    while (table.rows >= 0) hoard.push(Array.from({ length: 10_000 }, (_, at) => `item ${at}`));
    return table;
  },
});

export const throwsLater = defineTask({
  ...about,
  name: "throwsLater",
  shape: "map",
  run() {
    setTimeout(() => {
      throw new Error("out of the blue");
    });
    return new Promise<Table>(() => undefined);
  },
});

export const pending = defineTask({
  ...about,
  name: "pending",
  shape: "map",
  run: () => new Promise<Table>(() => undefined),
});

export const badState = defineTask({
  ...about,
  name: "badState",
  shape: "fold",
  measure: () => ({ run: () => undefined }),
  merge: (a) => a,
  apply: (table) => table,
});
