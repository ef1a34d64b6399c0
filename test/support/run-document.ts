/**
 * A whole job in this process: the real planner, job loop, outputs and runner of orders, with nothing
 * between them. Chunks are finished in any order; what comes out must not depend on it.
 */
import { plan, type TaskCatalog } from "../../src/flow/plan.ts";
import type { JobId, Millis, NodeId, Pool, StageIndex } from "../../src/protocol/ids.ts";
import type { JobSpec } from "../../src/protocol/job-spec.ts";
import type { Done, TableRef } from "../../src/protocol/messages.ts";
import { applyAnswer } from "../../src/relay/apply-answer.ts";
import { type Assignment, JobLoop } from "../../src/relay/job-loop.ts";
import { TableList } from "../../src/relay/outputs.ts";
import { decodeTable, encodeTable } from "../../src/table/ipc.ts";
import { concatenate, defaultTable, sliceRows, type Table } from "../../src/table/table.ts";
import type { TaskFiles } from "../../src/task/context.ts";
import type { TaskLibrary } from "../../src/task/library.ts";
import { overlayFiles } from "../../src/task/overlay-files.ts";
import { paramsProblems } from "../../src/task/params.ts";
import { resolveShape } from "../../src/task/shape.ts";
import { runOrder, type Workbench } from "../../src/tasknode/run-order.ts";
import { createBoard, type ThreadTable } from "../../src/tasknode/thread-messages.ts";

export interface RunOptions {
  readonly library: TaskLibrary;
  readonly input?: Table;
  readonly files?: TaskFiles;
  readonly slots?: number;
  /** Which of so many ready stages or finished pieces is next; the first by default. */
  readonly choose?: (count: number) => number;
}

export interface Ran {
  readonly table: Table;
  /** Chunks of each stage of the plan, with its calls: `average:measure` of 4. */
  readonly stages: readonly { readonly calls: readonly string[]; readonly chunks: number }[];
  readonly lines: readonly string[];
}

const node = "here" as NodeId;
const at = 1_000 as Millis;

/** The result of the job; throws an error with the failure's text when it fails. */
export async function runDocument(spec: JobSpec, options: RunOptions): Promise<Ran> {
  const { library, input = defaultTable(), slots = 4, choose = () => 0 } = options;
  const blocks = new Map<string, Uint8Array>();
  let made = 0;
  const keep = (bytes: Uint8Array): TableRef => {
    const block = `b${made++}`;
    blocks.set(block, bytes.slice());
    return { rows: 0, bytes: bytes.length, block, holder: node };
  };
  const planned = plan("job" as JobId, spec, catalogOf(library), {
    at,
    inputRows: input.rows,
    slots,
    leaseMs: 3_000 as Millis,
    defaults: { attempts: 1, backoffMs: 0 as Millis, runMs: 0 as Millis, waitMs: 0 as Millis },
  });
  if ("problems" in planned) throw new Error(planned.problems.map((one) => one.message).join("; "));
  let ended: string | undefined;
  const loop = new JobLoop(
    planned.plan,
    { ...keep(encodeTable(input)), rows: input.rows },
    { submitter: "test", ephemeral: true },
    {
      publish: () => undefined,
      revoke: () => undefined,
      letGo: (_job, table) => void ("block" in table && blocks.delete(table.block)),
      keep: (_job, bytes) => keep(bytes),
      stageReleased: () => undefined,
      bury: async () => undefined,
      settled: (_loop, outcome) => {
        ended = outcome.state === "failed" ? outcome.failure.message : outcome.state;
      },
    },
    at,
  );
  const bench = workbench(library, options.files ?? overlayFiles("/nonexistent", "/nonexistent"));
  while (ended === undefined) await runSome(loop, bench, blocks, keep, choose);
  if (ended !== "completed") throw new Error(ended);
  const { tables, slices } = loop.outputs.result();
  const read = (table: TableRef | undefined) => decodeTable(bytesOf(table, blocks));
  const parts = slices.map(([place, start, end]) => sliceRows(read(tables[place]), start, end));
  return {
    table: concatenate(parts),
    stages: loop.plan.stages.map(({ calls, index }) => ({
      calls: calls.map(({ task, part }) => (part === "run" ? task : `${task}:${part}`)),
      chunks: loop.state.stages[index]?.cut?.count ?? 1,
    })),
    lines: loop.report.stages().flatMap(({ tasks }) => tasks.flatMap(({ lines }) => lines)),
  };
}

/** Takes up to three pieces of a ready stage, in one order, and answers it. */
async function runSome(
  loop: JobLoop,
  bench: Workbench,
  blocks: ReadonlyMap<string, Uint8Array>,
  keep: (bytes: Uint8Array) => TableRef,
  choose: (count: number) => number,
): Promise<void> {
  const ready = loop.readyStages(at);
  const stage = ready[choose(ready.length)];
  if (stage === undefined) throw new Error("the job is stuck");
  const assigned = loop.take(stage, 1 + choose(3), at);
  const done = await answer(loop, stage, assigned, bench, blocks, keep);
  applyAnswer(
    loop,
    assigned.map(({ work }) => work),
    done,
    at,
  );
}

async function answer(
  loop: JobLoop,
  index: StageIndex,
  assigned: readonly Assignment[],
  bench: Workbench,
  blocks: ReadonlyMap<string, Uint8Array>,
  keep: (bytes: Uint8Array) => TableRef,
): Promise<Done> {
  const stage = loop.stageAt(index);
  const list = new TableList();
  const states = loop.outputs.statesOf(stage, list);
  const items = assigned.map(({ work, range }) =>
    loop.outputs.itemOf(stage, work.chunk, work.attempt, range, list),
  );
  const tables = list.tables.map((table): ThreadTable => ({ bytes: bytesOf(table, blocks) }));
  const measure = assigned[0]?.measure ?? false;
  const calls = stage.calls.map(({ task, params, part }) => ({ task, params, part }));
  const done = await runOrder({ calls, measure, runMs: 0, states, items, tables }, bench);
  loop.ran(index, node, items.length, done.calls, items.length);
  return {
    v: 1,
    order: "order",
    node,
    ms: 0,
    tables: done.tables.map((table): TableRef => {
      if ("bytes" in table) return { ...keep(table.bytes), rows: table.rows };
      const own = list.tables[table.from];
      if (own === undefined) throw new Error(`the order has no table ${table.from}`);
      return own;
    }),
    items: done.items.map((item) => ({ ...item }) as Done["items"][number]),
    calls: [...done.calls],
  };
}

function bytesOf(table: TableRef | undefined, blocks: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = table !== undefined && "block" in table ? blocks.get(table.block) : undefined;
  if (bytes === undefined) throw new Error("a table that was let go, or never kept, is read");
  return bytes;
}

function workbench(library: TaskLibrary, files: TaskFiles): Workbench {
  const { signal } = new AbortController();
  const fetch = () => Promise.reject(new Error("no network here"));
  return { library, files, fetch, board: createBoard(), nextSignal: () => signal };
}

const catalogOf = (library: TaskLibrary): TaskCatalog => ({
  find: (name) => {
    const task = library.find(name);
    if (task === undefined) return undefined;
    return {
      name: task.name,
      shapeOf: (params) => resolveShape(task.shape, params),
      check: (params) => paramsProblems(task, params),
      pools: new Set(["pool" as Pool]),
      deterministic: true,
    };
  },
  suggest: (name) => library.suggest(name),
});
