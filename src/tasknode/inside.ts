/**
 * What a slot runs its orders in, as its owner sees it: something that is sent messages and sends some,
 * shares the board or reports into it, and ends once. Here: a worker thread of this process. It knows
 * nothing of orders.
 */
import { Worker } from "node:worker_threads";
import { SLOT, SLOT_PART } from "./slot-mark.ts";
import type { FromThread, ThreadStart, ToThread } from "./thread-messages.ts";

export interface Inside {
  /** The process that its tasks run in. */
  readonly pid: number;
  /** Whether its own writing is seen on the board at once, so that it tells what its tasks have started. */
  readonly sharesBoard: boolean;
  /** Memory in `transfer` is gone for the sender. */
  post(message: ToThread, transfer: readonly ArrayBuffer[]): void;
  /** Ends it, whatever it does. */
  terminate(): void;
}

export interface InsideEvents {
  message(message: FromThread): void;
  /** A task wrote to its standard output or error stream. */
  printed(text: string): void;
  /** It is gone, once; `why` is for people. */
  ended(why: string): void;
}

export interface InsideStart extends ThreadStart {
  /** Bound of its heap. Columns lie outside the heap and are not counted. */
  readonly heapMbMax: number;
}

/**
 * Short-lived objects of a thread. Columns lie outside the heap, so little is enough; left to itself,
 * an idle node of two threads was measured at 131 MB resident instead of 97.
 */
const YOUNG_MB = 16;

export function startThread({ heapMbMax, ...start }: InsideStart, events: InsideEvents): Inside {
  // What its tasks start is no part of the node, even where the process that this one is in is.
  const { [SLOT_PART]: _part, ...inherited } = process.env;
  const worker = new Worker(new URL("./worker-thread.js", import.meta.url), {
    workerData: start satisfies ThreadStart,
    env: { ...inherited, [SLOT]: start.mark },
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax, maxYoungGenerationSizeMb: YOUNG_MB },
    stdout: true,
    stderr: true,
  });
  let fault: string | undefined;
  worker.on("message", (message: FromThread) => events.message(message));
  worker.on("error", (error: unknown) => {
    fault = faultText(error, heapMbMax);
  });
  worker.on("exit", (code) => events.ended(fault ?? `it ended itself with exit code ${code}`));
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => events.printed(text));
  }
  return {
    pid: process.pid,
    sharesBoard: true,
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => void worker.terminate(),
  };
}

function faultText(error: unknown, heapMbMax: number): string {
  if (!(error instanceof Error)) return `it ended with the thrown value ${String(error)}`;
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return `it ran out of memory: a thread's heap is limited to ${heapMbMax} MB`;
  }
  return `it ended with an error that nothing caught: ${error.message}`;
}
