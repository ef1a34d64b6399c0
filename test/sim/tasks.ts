/**
 * The simulator's task library: tables are lists of whole numbers, tasks are real functions on
 * them. `runAlone` is the oracle: a whole document in one loop, without chunks, nodes or messages.
 */
import type { Call, Shape, TaskCatalog } from "../../src/flow/plan.ts";
import type { Pool } from "../../src/protocol/ids.ts";
import type { JobSpec } from "../../src/protocol/job-spec.ts";

export type Table = readonly number[];
export interface Sum {
  readonly sum: number;
  readonly count: number;
}

/** Every sum stays a whole number below 2^53, so that the order of adding cannot be seen. */
const modulus = 1_000_003;

const maps: Readonly<Record<string, (table: Table) => Table>> = {
  affine: (table) => table.map((value) => (value * 3 + 1) % modulus),
  drop: (table) => table.filter((value) => value % 3 !== 0),
  twice: (table) => table.flatMap((value) => (value % 5 === 0 ? [value, value + 1] : [value])),
};
const gathers: Readonly<Record<string, (table: Table) => Table>> = {
  sort: (table) => [...table].sort((a, b) => a - b),
  cumulate: (table) => {
    let total = 0;
    return table.map((value) => (total = (total + value) % modulus));
  },
};

/** The largest ten: of a chunk, and then of what is left of all of them. */
const reduces: Readonly<Record<string, (table: Table) => Table>> = {
  largest: (table) => [...table].sort((a, b) => b - a).slice(0, 10),
};

export const mapNames = Object.keys(maps);
export const reduceNames = Object.keys(reduces);
export const gatherNames = Object.keys(gathers);
export const foldName = "center";
export const sourceName = "count";

export function shapeOf(task: string): Shape {
  if (task in maps) return "map";
  if (task in gathers) return "gather";
  if (task in reduces) return "reduce";
  return task === foldName ? "fold" : "source";
}

/** Numbers from `start` up to `end`, well mixed. */
export const sourced = (start: number, end: number): Table =>
  Array.from({ length: end - start }, (_, index) => ((start + index) * 7_919) % modulus);

const measure = (table: Table): Sum => ({
  sum: table.reduce((sum, value) => sum + value, 0),
  count: table.length,
});
const merge = (states: readonly Sum[]): Sum => ({
  sum: states.reduce((sum, state) => sum + state.sum, 0),
  count: states.reduce((sum, state) => sum + state.count, 0),
});
const apply = (table: Table, { sum, count }: Sum): Table => {
  const mean = count === 0 ? 0 : Math.floor(sum / count);
  return table.map((value) => Math.abs(value - mean));
};

export interface Made {
  readonly table: Table | undefined;
  readonly state: Sum | undefined;
}

/** What a node does with a piece of work: the calls of a stage over one chunk. */
export function runCalls(calls: readonly Call[], input: Table, states: readonly Sum[]): Made {
  let table: Table | undefined = input;
  let state: Sum | undefined;
  for (const { task, part } of calls) {
    if (part === "measure") state = measure(table ?? []);
    else if (part === "merge") {
      state = merge(states);
      table = undefined;
    } else if (part === "apply") table = apply(table ?? [], merge(states));
    else table = runWhole(task, table ?? []);
  }
  return { table, state };
}

function runWhole(task: string, table: Table): Table {
  const map = maps[task] ?? gathers[task] ?? reduces[task];
  if (map !== undefined) return map(table);
  return task === foldName ? apply(table, measure(table)) : table;
}

/** Units of a source call. */
export const unitsOf = (params: unknown): number =>
  typeof params === "object" && params !== null && "units" in params ? Number(params.units) : 0;

/** The oracle: stage after stage on the whole table. */
export function runAlone(spec: JobSpec, input: Table): Table {
  const outputs = new Map<string, Table>();
  let last: Table = [];
  for (const { name, needs, tasks } of spec.stages) {
    let table = needs.length === 0 ? input : needs.flatMap((need) => outputs.get(need) ?? []);
    for (const { task, params } of tasks) {
      table = task === sourceName ? sourced(0, unitsOf(params)) : runWhole(task, table);
    }
    outputs.set(name, table);
    last = table;
  }
  return last;
}

export const catalog: TaskCatalog = {
  find: (name) => ({
    name,
    shapeOf: () => shapeOf(name),
    check: () => [],
    // Two kinds of nodes: not every call can go on where the one before it ran.
    pools: new Set((name === "twice" ? ["b"] : name === "drop" ? ["a"] : ["a", "b"]) as Pool[]),
    deterministic: true,
  }),
  suggest: () => undefined,
};
