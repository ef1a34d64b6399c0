/** Runs one task as a tasknode would, in one piece or in chunks. */
import { packState, unpackStates } from "../../src/protocol/codec.ts";
import { decodeTable, encodeTable } from "../../src/table/ipc.ts";
import { withColumnMemory } from "../../src/table/memory.ts";
import {
  concatenate,
  defaultTable,
  makeTable,
  sliceRows,
  type Table,
} from "../../src/table/table.ts";
import type { TaskFiles, UnitRange } from "../../src/task/context.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import { createLibrary } from "../../src/task/library.ts";
import { overlayFiles } from "../../src/task/overlay-files.ts";
import { type CallPart, type CallsResult, runCalls } from "../../src/task/run-calls.ts";
import { resolveShape } from "../../src/task/shape.ts";

export interface Surroundings {
  readonly files?: TaskFiles;
  readonly range?: UnitRange;
  readonly firstRow?: number;
  readonly chunk?: number;
  readonly detail?: unknown;
  /** All inputs of the task, where it has several. */
  readonly inputs?: readonly Table[];
}

/** The result of one call of the task. */
export function runTask<P, S>(
  task: TaskDefinition<P, S>,
  call: { readonly params: unknown } & CallPart,
  table: Table = defaultTable(),
  { files = noFiles, range, firstRow = 0, chunk = 0, detail, inputs }: Surroundings = {},
): Promise<CallsResult> {
  const library = createLibrary([task as TaskDefinition]);
  const { signal } = new AbortController();
  const several = inputs === undefined ? {} : { inputs };
  const place = { range, firstRow, chunk, detail };
  const around = { signal, isCancelled: () => false, files, ...place, ...several };
  // In memory that was used before and is taken back afterwards, as on a tasknode: a task that leaves
  // a place unwritten, or keeps an array for later, shows here.
  return withColumnMemory(
    async () => {
      const result = await runCalls([{ task: task.name, ...call }], table, library, () => around);
      const { state } = result;
      const copied = state === undefined ? undefined : unpackStates(packState({ state, rows }))[0];
      return {
        ...result,
        table: copyOf(result.table, table),
        ...(copied && { state: copied.state }),
      };
    },
    { bytesMin: 0, spoil: true },
  );
}

const rows = new Float64Array();

/** The same table; what the task itself made in it gets memory of its own. */
function copyOf(made: Table, given: Table): Table {
  const old = new Set(given.columns);
  if (made === given || made.columns.every((column) => old.has(column))) return made;
  const copied = decodeTable(encodeTable(made));
  const columns = made.columns.map((column) =>
    old.has(column) ? column : copied.column(column.name),
  );
  return makeTable(columns, made.rows);
}

/** The table of a whole run. */
export async function tableOf<P, S>(
  task: TaskDefinition<P, S>,
  params: unknown,
  table?: Table,
  around?: Surroundings,
): Promise<Table> {
  return (await runTask(task, { params, part: "run" }, table, around)).table;
}

/** The same result by way of chunks that end at these rows: what the runtime makes of the shape. */
export async function chunkedTableOf<P, S>(
  task: TaskDefinition<P, S>,
  params: unknown,
  table: Table,
  cuts: readonly number[],
): Promise<Table> {
  const ends = [...new Set([...cuts.map((cut) => Math.min(cut, table.rows)), table.rows])];
  ends.sort((a, b) => a - b);
  const chunks = ends.map((end, index) => sliceRows(table, ends[index - 1] ?? 0, end));
  const shape = resolveShape(task.shape, params);
  const parts: Table[] = [];
  if (shape === "gather") return tableOf(task, params, concatenate(chunks));
  if (shape === "map") {
    for (const chunk of chunks) parts.push(await tableOf(task, params, chunk));
    return concatenate(parts);
  }
  if (shape === "reduce") {
    for (const chunk of chunks) {
      parts.push((await runTask(task, { params, part: "partial" }, chunk)).table);
    }
    return (await runTask(task, { params, part: "combine" }, concatenate(parts))).table;
  }
  const states: unknown[] = [];
  for (const chunk of chunks) {
    states.push((await runTask(task, { params, part: "measure" }, chunk)).state);
  }
  const { state } = await runTask(task, { params, part: "merge", states, final: true });
  let firstRow = 0;
  for (const chunk of chunks) {
    const call = { params, part: "apply", state } as const;
    parts.push((await runTask(task, call, chunk, { firstRow })).table);
    firstRow += chunk.rows;
  }
  return concatenate(parts);
}

const noFiles: TaskFiles = overlayFiles("/nonexistent", "/nonexistent");

/** The files of a folder, which a task cannot change. */
export const filesOf = (folder: string): TaskFiles => overlayFiles(folder, "/nonexistent");
