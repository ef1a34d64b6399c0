/**
 * Runs a list of task calls over one table, in order: what a tasknode does with a piece of work. It
 * knows nothing of threads, chunks or the bus; whoever calls it supplies the surroundings.
 */
import { RtlError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { isTable, type Table } from "../table/table.ts";
import type { TaskContext, TaskSurroundings } from "./context.ts";
import {
  type FoldTask,
  isFoldTask,
  isReduceTask,
  type ReduceTask,
  type TaskDefinition,
} from "./define-task.ts";
import type { Fetch } from "./fetching.ts";
import type { TaskLibrary } from "./library.ts";
import { parseParams } from "./params.ts";
import type { Plot } from "./plot.ts";
import { resolveShape } from "./shape.ts";

/** One task with its parameters, and the part of it that is wanted here. */
export type Call = { readonly task: string; readonly params: unknown } & CallPart;
export type CallPart =
  /** All of it; a fold measures, reports and applies, a reduce combines, on this one table. */
  | { readonly part: "run" }
  /** A fold's state of this chunk. Only the last call may measure: its result is the state. */
  | { readonly part: "measure" }
  /** Joins states, which come in chunk order. Only the final one is reported in the log. */
  | { readonly part: "merge"; readonly states: readonly unknown[]; readonly final: boolean }
  /** Changes this chunk by the state of all chunks. */
  | { readonly part: "apply"; readonly state: unknown }
  /** A reduce's table of this chunk. */
  | { readonly part: "partial" }
  /** Makes a reduce's result of the tables of all chunks, which come as one. */
  | { readonly part: "combine" };

/** What one call did. */
export interface CallReport {
  readonly task: string;
  readonly ms: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly tallies: readonly Tally[];
  readonly lines: readonly string[];
  readonly plots: readonly Plot[];
  /** Log lines beyond the limit, which were dropped. */
  readonly linesDropped: number;
}
/** A line whose number is added up over chunks, in place of `{}`: the n-th with the n-th of others. */
export interface Tally {
  readonly template: string;
  readonly count: number;
}

export interface CallsResult {
  readonly table: Table;
  /** Of a last call that measured or merged. */
  readonly state?: unknown;
  readonly reports: readonly CallReport[];
}

/**
 * The result of all calls. Fails with RTL_PARAMS_INVALID, RTL_TASK_UNKNOWN, RTL_JOB_CANCELLED, the
 * task's own RtlError, or RTL_TASK_FAILED for anything else that a task throws.
 */
export async function runCalls(
  calls: readonly Call[],
  table: Table,
  library: TaskLibrary,
  surroundings: (index: number) => TaskSurroundings,
  onCall: (report: CallReport) => void = () => {},
): Promise<CallsResult> {
  const reports: CallReport[] = [];
  let current = table;
  let state: unknown;
  for (const [index, call] of calls.entries()) {
    const around = surroundings(index);
    if (around.isCancelled()) throw new RtlError("RTL_JOB_CANCELLED", "the job was cancelled");
    const task = findTask(library, call.task);
    const log = createLog();
    const context: TaskContext = {
      ...around,
      ...log.sinks,
      inputs: around.inputs ?? [current],
      detail: around.detail,
      chunk: around.chunk ?? 0,
      firstRow: around.firstRow ?? 0,
      fetch: around.fetch ?? noNetwork,
    };
    const begin = performance.now();
    const rowsIn = current.rows;
    const result = await runPart(task, call, current, context);
    if (result.table !== undefined) current = result.table;
    state = result.state;
    const ms = performance.now() - begin;
    const report = { task: task.name, ms, rowsIn, rowsOut: current.rows, ...log.kept() };
    reports.push(report);
    onCall(report);
  }
  return { table: current, ...(state !== undefined && { state }), reports };
}

/** The task of this name; RTL_TASK_UNKNOWN with the nearest one. */
export function findTask(library: TaskLibrary, name: string): TaskDefinition {
  const task = library.find(name);
  if (task !== undefined) return task;
  const near = library.suggest(name);
  const fix = near === undefined ? "list the tasks with: rtl task ls" : `did you mean "${near}"?`;
  throw new RtlError("RTL_TASK_UNKNOWN", `there is no task "${name}"`, { fix });
}

interface PartResult {
  readonly table?: Table;
  readonly state?: unknown;
}

async function runPart(
  task: TaskDefinition,
  call: Call,
  table: Table,
  context: TaskContext,
): Promise<PartResult> {
  try {
    const params = parseParams(task, call.params);
    const shape = resolveShape(task.shape, call.params);
    if (call.part === "run" && shape !== "fold" && shape !== "reduce") {
      if (task.run === undefined) throw new Error("it has no run function for these parameters");
      return { table: checkedTable(await task.run(table, params, context)) };
    }
    if (isReduceTask(task)) return await runReduce(task, params, call, table, context);
    if (!isFoldTask(task)) throw new Error(`it is no fold: it cannot ${call.part}`);
    return await runFold(task, params, call, table, context);
  } catch (error) {
    throw taskError(error, task.name);
  }
}

async function runReduce<P>(
  task: ReduceTask<P>,
  params: P,
  { part }: Call,
  table: Table,
  context: TaskContext,
): Promise<PartResult> {
  if (part !== "run" && part !== "partial" && part !== "combine") {
    throw new Error(`it is a reduce: it cannot ${part}`);
  }
  let current = table;
  if (part !== "combine") current = checkedTable(await task.partial(current, params, context));
  if (part !== "partial") current = checkedTable(await task.combine(current, params, context));
  return { table: current };
}

async function runFold<P, S>(
  task: FoldTask<P, S>,
  params: P,
  call: Call,
  table: Table,
  context: TaskContext,
): Promise<PartResult> {
  // States come from this task's own measure or merge, possibly on another node.
  if (call.part === "apply") {
    return { table: checkedTable(await task.apply(table, call.state as S, params, context)) };
  }
  if (call.part === "merge") {
    const [first, ...others] = call.states as readonly S[];
    if (first === undefined) throw new Error("there are no states to merge");
    let state: S = first;
    for (const other of others) state = await task.merge(state, other, params);
    if (call.final) await task.report?.(state, params, context);
    return { state };
  }
  const state = await task.measure(table, params, context);
  if (call.part === "measure") return { state };
  await task.report?.(state, params, context);
  return { table: checkedTable(await task.apply(table, state, params, context)) };
}

function checkedTable(result: unknown): Table {
  if (isTable(result)) return result;
  const what = result === null ? "null" : typeof result;
  throw new Error(`it returned ${what} instead of a table; see makeTable and withColumns`);
}

/** Errors that already say what is wrong keep their code; anything else is the task's failure. */
function taskError(error: unknown, task: string): RtlError {
  if (error instanceof RtlError) {
    const failure = error.toFailure();
    return new RtlError(error.code, error.message, {
      ...failure,
      at: { ...failure.at, task },
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const text = `task ${task} failed: ${message || "an error without a message"}`;
  return new RtlError("RTL_TASK_FAILED", text, { at: { task }, cause: error });
}

/** Collects a call's log lines and bounds what is kept. */
function createLog() {
  const tallies: Tally[] = [];
  const lines: string[] = [];
  const plots: Plot[] = [];
  let linesDropped = 0;
  const bounded = (line: string) => String(line).slice(0, limits.logLineBytesMax);
  const room = () => tallies.length + lines.length < limits.logLinesMax;
  const sinks: Pick<TaskContext, "tally" | "log" | "plot"> = {
    tally(template, count) {
      if (room()) tallies.push({ template: bounded(template), count });
      else linesDropped++;
    },
    log(line) {
      if (room()) lines.push(bounded(line));
      else linesDropped++;
    },
    plot(plot) {
      if (plots.length < limits.logLinesMax) plots.push(plot);
      else linesDropped++;
    },
  };
  const kept = () => ({ tallies, lines, plots, linesDropped });
  return { sinks, kept };
}

const noNetwork: Fetch = ({ url }) => {
  const why = `${url} cannot be fetched: whoever runs this task allows no network`;
  return Promise.reject(new RtlError("RTL_FETCH_REFUSED", why));
};
