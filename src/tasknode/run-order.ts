/**
 * Runs the items of an order one after the other: the part of a thread that does the work. An item
 * that fails fails alone; when the job is cancelled, the rest fails with it. It knows nothing of
 * the bus and never throws.
 */

import type { ChunkState } from "../protocol/codec.ts";
import { type Failure, RtlError, toFailure } from "../protocol/errors.ts";
import type { CallReport, ItemDone, OrderItem } from "../protocol/messages.ts";
import type { Table } from "../table/table.ts";
import type { TaskFiles, TaskSurroundings } from "../task/context.ts";
import { takesSeparateInputs } from "../task/define-task.ts";
import type { Fetch } from "../task/fetching.ts";
import type { TaskLibrary } from "../task/library.ts";
import { type Call, findTask, runCalls } from "../task/run-calls.ts";
import { type CallSums, createCallSums } from "./call-sums.ts";
import { measureSource } from "./measure-source.ts";
import { mainTable, type OrderInput, readInput } from "./order-input.ts";
import { roomIn, writeOutput } from "./order-output.ts";
import { packedState, readStates, rowsBefore, rowsOf, writeState } from "./order-states.ts";
import { thinned } from "./thin-plot.ts";
import {
  board,
  cancelledFailure,
  endReason,
  type ItemResult,
  lateFailure,
  stoodStillFailure,
  type TableBytes,
  type ThreadDone,
  type ThreadOrder,
  type ThreadPlot,
} from "./thread-messages.ts";

export interface Workbench {
  readonly library: TaskLibrary;
  readonly files: TaskFiles;
  readonly fetch: Fetch;
  readonly board: Int32Array;
  /** Told of each step that the board was told of. */
  readonly moved?: (item: number, call: number) => void;
  /** The signal of the item that is about to run. */
  readonly nextSignal: () => AbortSignal;
}

/** What an item left: its place in the message is found out when all are done. */
interface Outcome {
  readonly table?: Table | undefined;
  /** Packed. */
  readonly state?: Uint8Array;
  readonly extent?: ItemDone["extent"];
  readonly failure?: Failure;
  readonly retry?: boolean;
  /** What the calls did, of an item that has a job of its own. */
  readonly calls?: readonly CallReport[];
}

export async function runOrder(order: ThreadOrder, bench: Workbench): Promise<ThreadDone> {
  const input = readInput(order.tables);
  const states = readStates(order);
  const sums = createCallSums(order.calls.length);
  const plots: ThreadPlot[] = [];
  const outcomes: Outcome[] = [];
  for (const [index, item] of order.items.entries()) {
    Atomics.store(bench.board, board.call, 0);
    Atomics.store(bench.board, board.item, index);
    bench.moved?.(index, 0);
    outcomes.push(await runItem({ order, input, states, sums, plots, bench }, item, index));
  }
  const spares = [...(order.spares ?? [])];
  return { ...gather(order, outcomes, input, sums, spares), plots, spares };
}

/** What all items of an order share. */
interface Run {
  readonly order: ThreadOrder;
  readonly input: OrderInput;
  readonly states: () => readonly ChunkState[];
  readonly sums: CallSums;
  readonly plots: ThreadPlot[];
  readonly bench: Workbench;
}

/** An item with a job of its own is reported by itself. */
async function runItem(run: Run, item: OrderItem, index: number): Promise<Outcome> {
  if (item.job === undefined) return runWatched(run, item, index);
  const sums = createCallSums(run.order.calls.length);
  return { ...(await runWatched({ ...run, sums }, item, index)), calls: sums.reports() };
}

async function runWatched(run: Run, item: OrderItem, index: number): Promise<Outcome> {
  const { order, bench } = run;
  if (endReason(bench.board, index) === "cancelled") return { failure: cancelledFailure };
  if (Atomics.load(bench.board, board.closed) !== 0) return { failure: stoodStillFailure };
  let outcome: Outcome;
  try {
    const around = surroundings(item, index, bench);
    outcome = order.measure
      ? await measureSource(order.calls[0], around, bench.library)
      : await runAll(run, item, around);
  } catch (error) {
    outcome = failed(error);
  }
  // A task that heeds its signal may return what it has so far: that is no result.
  const reason = endReason(bench.board, index);
  if (reason === "cancelled") return { failure: cancelledFailure };
  if (reason === "late") return { failure: lateFailure(runningTask(order, bench), order.runMs) };
  return outcome;
}

const runningTask = (order: ThreadOrder, bench: Workbench): string | undefined =>
  order.calls[Atomics.load(bench.board, board.call)]?.task;

function surroundings(item: OrderItem, index: number, bench: Workbench) {
  return {
    signal: bench.nextSignal(),
    isCancelled: () => endReason(bench.board, index) !== undefined,
    range: item.range,
    files: bench.files,
    fetch: bench.fetch,
    chunk: Math.max(0, item.chunk),
  };
}

async function runAll(
  { order, input, states, sums, plots, bench }: Run,
  item: OrderItem,
  around: TaskSurroundings,
): Promise<Outcome> {
  const inputs = input.inputsOf(item.inputs);
  const table = firstTable(order, inputs, bench.library);
  let call = 0;
  const { table: output, state } = await runCalls(
    order.calls.map((wanted) => callOf(wanted, states)),
    table,
    bench.library,
    (index) => {
      Atomics.store(bench.board, board.call, index);
      bench.moved?.(Atomics.load(bench.board, board.item), index);
      // Only the first task of a stage reads the stage's inputs; the others read its output.
      if (index > 0) return { ...around, range: undefined };
      return {
        ...around,
        ...fromStates(order, item, states),
        ...(inputs.length > 0 && { inputs }),
      };
    },
    (report) => {
      sums.add(call++, report);
      plots.push(...report.plots.map((plot) => ({ job: item.job, plot: thinned(plot) })));
    },
  );
  const merged = order.calls.at(-1)?.part === "merge";
  const rows = merged ? rowsOf(states()) : Float64Array.of(output.rows);
  const packed = state === undefined ? undefined : packedState({ state, rows });
  return { ...(!merged && { table: output }), ...(packed !== undefined && { state: packed }) };
}

/** What a stage's first call is told besides its table. */
function fromStates(
  { calls }: ThreadOrder,
  { chunk, range, firstRow }: OrderItem,
  states: Run["states"],
): Partial<TaskSurroundings> {
  if (range !== undefined) return { detail: states()[0]?.state };
  if (calls[0]?.part === "apply") return { firstRow: rowsBefore(chunk, states()) };
  return firstRow === undefined ? {} : { firstRow };
}

function callOf({ task, params, part }: ThreadOrder["calls"][number], states: Run["states"]): Call {
  if (part === "merge") {
    return { task, params, part, states: states().map(({ state }) => state), final: true };
  }
  if (part === "apply") return { task, params, part, state: states()[0]?.state };
  return { task, params, part };
}

/** The table that the stage's first task gets. */
function firstTable({ calls }: ThreadOrder, inputs: readonly Table[], library: TaskLibrary): Table {
  const [first] = calls;
  if (first === undefined) return mainTable(inputs, "a stage without tasks", false);
  const task = findTask(library, first.task);
  return mainTable(inputs, task.name, takesSeparateInputs(task));
}

function failed(error: unknown): Outcome {
  const retry = asksForRetry(error);
  return { failure: toFailure(error, "RTL_INTERNAL"), ...(retry && { retry }) };
}

/** A task asks for another try by throwing an error that has, or was caused by one with, `retry`. */
function asksForRetry(error: unknown): boolean {
  for (let thrown = error; typeof thrown === "object" && thrown !== null; ) {
    if ("retry" in thrown) return thrown.retry === true;
    thrown = thrown instanceof RtlError ? thrown.cause : undefined;
  }
  return false;
}

function gather(
  order: ThreadOrder,
  outcomes: readonly Outcome[],
  input: OrderInput,
  sums: CallSums,
  spares: SharedArrayBuffer[],
): Omit<ThreadDone, "plots" | "spares"> {
  const calls = sums.reports();
  try {
    const tables = outcomes.map((outcome) => (outcome.failure ? undefined : outcome.table));
    const output = writeOutput(tables, input.sliceOf, roomIn(spares));
    const written = [...output.tables];
    const items = order.items.map((item, index) => {
      const outcome = outcomes[index] ?? {};
      return itemDone(item, outcome, output.slices[index], written);
    });
    return { tables: written, items, calls };
  } catch (error) {
    const failure = toFailure(error, "RTL_INTERNAL");
    const items = order.items.map((item, index) =>
      itemDone(
        item,
        outcomes[index]?.failure ? (outcomes[index] ?? {}) : { failure },
        undefined,
        [],
      ),
    );
    return { tables: [], items, calls };
  }
}

function itemDone(
  { chunk, attempt }: OrderItem,
  { table, state, extent, failure, retry, calls }: Outcome,
  slice: ItemDone["output"],
  tables: TableBytes[],
): ItemResult {
  if (failure !== undefined) return { chunk, attempt, rows: 0, failure, ...(retry && { retry }) };
  return {
    chunk,
    attempt,
    rows: table?.rows ?? 0,
    ...(calls !== undefined && { calls: [...calls] }),
    ...(slice !== undefined && { output: slice }),
    ...(state !== undefined && writeState(state, extent === undefined, tables)),
    ...(extent !== undefined && { extent }),
  };
}
