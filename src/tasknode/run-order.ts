/**
 * Runs the items of an order one after the other: the part of a thread that does the work. An item
 * that fails fails alone; when the job is cancelled, the rest fails with it. It knows nothing of
 * the bus and never throws.
 */
import { type Failure, RtlError, toFailure } from "../protocol/errors.ts";
import type { ItemDone, OrderItem } from "../protocol/messages.ts";
import type { Table } from "../table/table.ts";
import type { TaskFiles, TaskSurroundings } from "../task/context.ts";
import { isSourceTask } from "../task/define-task.ts";
import type { TaskLibrary } from "../task/library.ts";
import { parseParams } from "../task/params.ts";
import { type Call, findTask, runCalls } from "../task/run-calls.ts";
import { resolveShape } from "../task/shape.ts";
import { type CallSums, createCallSums } from "./call-sums.ts";
import { mainTable, type OrderInput, readInput } from "./order-input.ts";
import { writeOutput } from "./order-output.ts";
import {
  board,
  cancelledFailure,
  endReason,
  type ItemResult,
  lateFailure,
  type ThreadDone,
  type ThreadOrder,
} from "./thread-messages.ts";

export interface Workbench {
  readonly library: TaskLibrary;
  readonly files: TaskFiles;
  readonly board: Int32Array;
  /** The signal of the item that is about to run. */
  readonly nextSignal: () => AbortSignal;
}

/** What an item left: its place in the message is found out when all are done. */
interface Outcome {
  readonly table?: Table | undefined;
  readonly state?: unknown;
  readonly extent?: ItemDone["extent"];
  readonly failure?: Failure;
  readonly retry?: boolean;
}

export async function runOrder(order: ThreadOrder, bench: Workbench): Promise<ThreadDone> {
  const input = readInput(order.tables);
  const sums = createCallSums(order.calls.length);
  const outcomes: Outcome[] = [];
  for (const [index, item] of order.items.entries()) {
    Atomics.store(bench.board, board.call, 0);
    Atomics.store(bench.board, board.item, index);
    outcomes.push(await runItem(order, item, index, input, sums, bench));
  }
  return gather(order, outcomes, input, sums);
}

async function runItem(
  order: ThreadOrder,
  item: OrderItem,
  index: number,
  input: OrderInput,
  sums: CallSums,
  bench: Workbench,
): Promise<Outcome> {
  if (endReason(bench.board, index) === "cancelled") return { failure: cancelledFailure };
  let outcome: Outcome;
  try {
    const around = surroundings(item, index, bench);
    outcome = order.measure
      ? { extent: await measureSource(order, around, bench) }
      : await runAll(order, item, input, around, sums, bench);
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

function surroundings(item: OrderItem, index: number, bench: Workbench): TaskSurroundings {
  return {
    signal: bench.nextSignal(),
    isCancelled: () => endReason(bench.board, index) !== undefined,
    range: item.range,
    files: bench.files,
  };
}

async function runAll(
  order: ThreadOrder,
  item: OrderItem,
  input: OrderInput,
  around: TaskSurroundings,
  sums: CallSums,
  bench: Workbench,
): Promise<Outcome> {
  const inputs = input.inputsOf(item.inputs);
  const table = mainTable(inputs, takesAnyRows(order, bench.library));
  let call = 0;
  const { table: output, state } = await runCalls(
    order.calls.map((wanted) => callOf(wanted, item)),
    table,
    bench.library,
    (index) => {
      Atomics.store(bench.board, board.call, index);
      // Only the first task of a stage reads the stage's inputs; the others read its output.
      return index === 0 && inputs.length > 0 ? { ...around, inputs } : around;
    },
    (report) => sums.add(call++, report),
  );
  const merged = order.calls.at(-1)?.part === "merge";
  return { ...(!merged && { table: output }), ...(state !== undefined && { state }) };
}

function callOf({ task, params, part }: ThreadOrder["calls"][number], item: OrderItem): Call {
  const states = item.states ?? [];
  if (part === "merge") return { task, params, part, states, final: true };
  if (part === "apply") return { task, params, part, state: states[0] };
  return { task, params, part };
}

/** Whether the first task treats rows as they come, so that it must be given all of them. */
function takesAnyRows(order: ThreadOrder, library: TaskLibrary): boolean {
  const [first] = order.calls;
  if (first === undefined) return true;
  const shape = resolveShape(findTask(library, first.task).shape, first.params);
  return shape === "map" || shape === "fold";
}

const units = ["rows", "bytes", "files"];

async function measureSource(
  order: ThreadOrder,
  around: TaskSurroundings,
  { library }: Workbench,
): Promise<NonNullable<ItemDone["extent"]>> {
  const [call] = order.calls;
  if (call === undefined) throw new RtlError("RTL_MESSAGE_INVALID", "nothing to measure");
  const task = findTask(library, call.task);
  const at = { task: task.name };
  try {
    if (!isSourceTask(task)) throw new Error("it is no source: it cannot be measured");
    const params = parseParams(task, call.params);
    const silent = { tally: () => undefined, log: () => undefined, inputs: [] };
    const nowhere = { detail: undefined, chunk: 0, firstRow: 0 };
    const size = await task.measure(params, { ...around, ...silent, ...nowhere });
    if (!Number.isSafeInteger(size?.units) || size.units < 0 || !units.includes(size.unit)) {
      throw new Error("its measure returned no number of rows, bytes or files");
    }
    const unitsMin = Math.max(0, Math.floor(size.unitsMin ?? 0));
    return { units: size.units, unit: size.unit, unitsMin };
  } catch (error) {
    if (error instanceof RtlError) throw RtlError.from({ ...error.toFailure(), at });
    const { message } = toFailure(error, "RTL_TASK_FAILED");
    const text = `task ${task.name} failed: ${message}`;
    throw new RtlError("RTL_TASK_FAILED", text, { at, cause: error });
  }
}

function failed(error: unknown): Outcome {
  const retry = asksForRetry(error);
  return { failure: toFailure(error, "RTL_INTERNAL"), ...(retry && { retry }) };
}

/** A task asks for another try by throwing an error that has `retry: true`. */
function asksForRetry(error: unknown): boolean {
  const thrown = error instanceof RtlError && error.cause !== undefined ? error.cause : error;
  return typeof thrown === "object" && thrown !== null && "retry" in thrown
    ? thrown.retry === true
    : false;
}

function gather(
  order: ThreadOrder,
  outcomes: readonly Outcome[],
  input: OrderInput,
  sums: CallSums,
): ThreadDone {
  const calls = sums.reports();
  try {
    const tables = outcomes.map((outcome) => (outcome.failure ? undefined : outcome.table));
    const output = writeOutput(tables, input.bytesOf);
    const items = order.items.map((item, index) =>
      itemDone(item, outcomes[index] ?? {}, output.slices[index]),
    );
    return { tables: output.tables, items, calls };
  } catch (error) {
    const failure = toFailure(error, "RTL_INTERNAL");
    const items = order.items.map((item, index) =>
      itemDone(item, outcomes[index]?.failure ? (outcomes[index] ?? {}) : { failure }, undefined),
    );
    return { tables: [], items, calls };
  }
}

function itemDone(
  { chunk, attempt }: OrderItem,
  { table, state, extent, failure, retry }: Outcome,
  slice: ItemDone["output"],
): ItemResult {
  if (failure !== undefined) return { chunk, attempt, rows: 0, failure, ...(retry && { retry }) };
  return {
    chunk,
    attempt,
    rows: table?.rows ?? 0,
    ...(slice !== undefined && { output: slice }),
    ...(state !== undefined && { state }),
    ...(extent !== undefined && { extent }),
  };
}
