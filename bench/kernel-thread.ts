/**
 * The inside of a thread that kernels are measured in. It does with chunks what a tasknode's thread
 * does, through the same functions, but keeps its results until they were checked. It reads no clock.
 */
import { parentPort, workerData } from "node:worker_threads";
import { rangeOf } from "../src/flow/chunk.ts";
import { collectGarbage } from "../src/host/collect-garbage.ts";
import { confinedFiles } from "../src/host/files.ts";
import { unpackStates } from "../src/protocol/codec.ts";
import { decodeTable, encodeTableInto } from "../src/table/ipc.ts";
import { withColumnMemory } from "../src/table/memory.ts";
import { concatenate, defaultTable, makeTable, sliceRows, type Table } from "../src/table/table.ts";
import type { TaskSurroundings } from "../src/task/context.ts";
import { loadLibrary } from "../src/task/load-library.ts";
import { type Call, runCalls } from "../src/task/run-calls.ts";
import { measureSource } from "../src/tasknode/measure-source.ts";
import { packedState } from "../src/tasknode/order-states.ts";
import { sumsOf } from "./column-sums.ts";
import { columnOf } from "./kernel-data.ts";
import type {
  ChunkDone,
  FromKernelThread,
  KernelOrder,
  KernelThreadStart,
  Places,
  ToKernelThread,
} from "./kernel-messages.ts";

const { taskFolders, dataRoots, counter } = workerData as KernelThreadStart;
const port = parentPort;
if (port === null) throw new Error("this file is the inside of a worker thread");

const send = (message: FromKernelThread): void => port.postMessage(message);
const { library } = await loadLibrary([...taskFolders]);
const files = confinedFiles([...dataRoots]);
let input = defaultTable();
/** The results that wait for being looked at, and what ends that. */
const held = new Map<number, Table>();
let release = (): void => undefined;

port.on("message", (message: ToKernelThread) => {
  if (message.kind === "order") void answer(message.order);
  else if (message.kind === "sums") sendSums(message.columns, message.places);
  else if (message.kind === "release") letGo(message.collects);
  else input = makeTable(message.columns.map(columnOf));
});
send({ kind: "ready" });

function letGo(collects: boolean): void {
  held.clear();
  release();
  if (collects) collectGarbage();
}

async function answer(order: KernelOrder): Promise<void> {
  try {
    await withColumnMemory(() => run(order));
  } catch (error) {
    send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

async function run(order: KernelOrder): Promise<void> {
  if (order.part === "extent") return measure(order);
  const chunks: ChunkDone[] = [];
  for (;;) {
    const chunk = Atomics.add(counter, 0, 1);
    if (chunk >= order.cut.count) break;
    chunks.push(await runChunk(order, chunk));
  }
  if (!order.holds) return send({ kind: "done", chunks });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  send({ kind: "done", chunks });
  await released;
}

async function measure({ call }: KernelOrder): Promise<void> {
  const whole = { ...call, part: "run" } as const;
  const { extent, state } = await measureSource(whole, surroundings(0, {}), library);
  const chunks = state === undefined ? [] : [{ chunk: 0, rows: 0, state }];
  send({ kind: "done", chunks, extent });
}

async function runChunk(order: KernelOrder, chunk: number): Promise<ChunkDone> {
  const { part, from, units, cut, holds } = order;
  const range = rangeOf(chunk, cut, units);
  const states = () => order.states.flatMap(unpackStates);
  const around = surroundings(
    chunk,
    from === "units"
      ? { range, detail: states()[0]?.state }
      : { firstRow: part === "apply" ? range.start : 0 },
  );
  const call = callOf(order, states);
  const { table, state } = await runCalls([call], tableOf(order, range), library, () => around);
  const { rows } = table;
  if (holds) held.set(chunk, table);
  if (part === "partial") return { chunk, rows, block: encodeTableInto(table, shared) };
  if (state === undefined) return { chunk, rows };
  return { chunk, rows, state: packedState({ state, rows: Float64Array.of(rows) }) };
}

const shared = (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes));

function tableOf(order: KernelOrder, { start, end }: { start: number; end: number }): Table {
  if (order.part === "combine") return concatenate(order.blocks.map(decodeTable));
  if (order.part === "merge" || order.from === "units") return defaultTable();
  return sliceRows(input, start, end);
}

type States = () => readonly { readonly state: unknown }[];

function callOf({ call, part }: KernelOrder, states: States): Call {
  if (part === "merge") {
    return { ...call, part, states: states().map(({ state }) => state), final: true };
  }
  if (part === "apply") return { ...call, part, state: states()[0]?.state };
  return { ...call, part: part === "extent" ? "run" : part };
}

const surroundings = (chunk: number, own: Partial<TaskSurroundings>) => ({
  signal: new AbortController().signal,
  isCancelled: () => false,
  range: undefined,
  files,
  fetch: () => Promise.reject(new Error("kernels have no network")),
  chunk,
  ...own,
});

function sendSums(columns: readonly string[], places: Places): void {
  const chunks = places.flatMap(([chunk, firstRow]) => {
    const table = held.get(chunk);
    if (table === undefined) return [];
    const sums = columns.map((name) => [name, sumsOf(table.column(name), firstRow)]);
    return [[chunk, Object.fromEntries(sums)] as const];
  });
  send({ kind: "sums", chunks });
}
