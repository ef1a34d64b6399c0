/**
 * W6 and a pipeline like the demo's, on 1,000,000 rows that a task makes. Timed until the job has
 * settled; its result stays with the tasknode, as a job's large result does, and is fetched and
 * compared with the baseline's outside the time.
 */
import assert from "node:assert/strict";
import type { Table } from "../src/index.ts";
import { type Figure, figureOf, type Round, timed } from "./figure.ts";
import { inProcess, type TaskLine } from "./in-process.ts";
import { numbersOf } from "./numbers-of.ts";
import { type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly rows: number;
}

interface Pipeline {
  readonly name: string;
  readonly tasks: readonly TaskLine[];
  /** Whether each task is a stage of its own. */
  readonly apart: boolean;
  /** Columns that are compared. */
  readonly columns: readonly string[];
  readonly aimMs?: number;
  readonly peers: string;
  readonly best?: number;
}

const DIFFERENCE_MAX = 1e-9;

export const pipeline = defineWorkload<Sizes>({
  name: "W6",
  summary: "adds over 1,000,000 rows in one and in nine stages; the demo's tasks",
  unsaid:
    "what reading the result costs, which stays with the node; numpy does the arithmetic alone in 8 ms.",
  sizes: {
    full: { rounds: 7, rows: 1_000_000 },
    quick: { rounds: 3, rows: 1_000_000 },
    tiny: { rounds: 1, rows: 20_000 },
  },
  run: (bench, { rounds, rows }) =>
    withSystem(bench, { threads: [2] }, async (system) => {
      const run = await inProcess();
      const figures: Figure[] = [];
      for (const one of pipelines(rows)) figures.push(await measure(system, one, run, rounds));
      return figures;
    }),
});

async function measure(
  system: System,
  { name, tasks, apart, columns, aimMs, peers, best }: Pipeline,
  run: (tasks: readonly TaskLine[]) => Promise<Table>,
  count: number,
): Promise<Figure> {
  const document = documentOf(tasks, apart);
  const expected = await run(tasks);
  await check(system, document, expected, columns);
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) {
    const ours = await settle(system, document, expected.rows);
    rounds.push({ ours: [ours], baseline: [await timed(() => run(tasks))] });
  }
  return figureOf({
    name,
    unit: "ms",
    rounds,
    against: "the same tasks in one process",
    ...(aimMs !== undefined && { aim: { text: `≤ ${aimMs} ms`, of: "ours", atMost: aimMs } }),
    peers,
    ...(best !== undefined && { best }),
  });
}

const documentOf = (tasks: readonly TaskLine[], apart: boolean): object => ({
  version: 1,
  stages: apart
    ? Object.fromEntries(tasks.map((task, index) => [`s${index}`, { tasks: [task] }]))
    : { all: { tasks } },
});

/** Milliseconds until the job has settled. Reading its result also has the tasknode let go of it. */
async function settle({ client }: System, document: object, rows: number): Promise<number> {
  const begin = performance.now();
  const job = await client.submit(document, { mode: "ephemeral" });
  await job.done();
  const ms = performance.now() - begin;
  assert.equal((await job.result()).rows, rows);
  return ms;
}

async function check(
  { client }: System,
  document: object,
  expected: Table,
  columns: readonly string[],
): Promise<void> {
  const job = await client.submit(document, { mode: "ephemeral" });
  const table = await job.result();
  assert.equal(table.rows, expected.rows);
  for (const name of columns) {
    const [found, wanted] = [numbersOf(table, name), numbersOf(expected, name)];
    // Sums over chunks are rounded in another order than sums over the whole column.
    const differs = wanted.findIndex((value, row) => {
      const difference = Math.abs((found[row] ?? Number.NaN) - value);
      return !(difference <= DIFFERENCE_MAX * Math.max(1, Math.abs(value)));
    });
    assert.equal(differs, -1, `row ${differs} of ${name} differs from the baseline's`);
  }
}

function pipelines(rows: number): readonly Pipeline[] {
  const numbers = (columns: readonly string[]): TaskLine => ({ benchNumbers: { rows, columns } });
  const adds = Array.from({ length: 8 }, (_, index) => ({
    add: {
      operations: [{ a: index === 0 ? "a" : `sum${index}`, b: "b", column: `sum${index + 1}` }],
    },
  }));
  const eight = [numbers(["a", "b"]), ...adds];
  const last = ["a", "sum1", "sum8"];
  return [
    {
      name: `8 adds on ${rows} rows, one stage`,
      ...{
        tasks: eight,
        apart: false,
        columns: last,
        aimMs: 30,
        peers: "332 ms raspi-rtl",
        best: 332,
      },
    },
    {
      name: `8 adds on ${rows} rows, nine stages`,
      ...{
        tasks: eight,
        apart: true,
        columns: last,
        aimMs: 45,
        peers: "1,998 ms raspi-rtl",
        best: 1_998,
      },
    },
    {
      name: `8 tasks like the demo's on ${rows} rows`,
      ...{ tasks: demoTasks(numbers), apart: false, columns: ["mean"], peers: "-" },
    },
  ];
}

const demoTasks = (numbers: (columns: readonly string[]) => TaskLine): readonly TaskLine[] => [
  numbers(["time", "local", "remote", "tasks"]),
  { filterRows: { operations: [{ column: "time", value: 900, method: "<" }] } },
  { add: { operations: [{ a: "local", b: "remote", column: "read" }] } },
  { multiply: { operations: [{ a: "read", b: 8, column: "bits" }] } },
  { divide: { operations: [{ a: "bits", b: "tasks", column: "each" }] } },
  { normalize: { model: "Squash", columns: ["time", "each"], weight: null } },
  { subtract: { operations: [{ a: "timeNormal", b: "eachNormal", column: "gap" }] } },
  { average: { operations: [{ a: "gap", column: "mean" }] } },
];
