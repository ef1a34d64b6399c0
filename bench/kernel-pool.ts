/**
 * The threads that kernels are measured in: started, given the table once, asked to run tasks. The
 * time of a run is from the first message out to the last answer in, so that handing over counts;
 * results are looked at outside of it.
 */
import { Worker } from "node:worker_threads";
import { collectGarbage } from "../src/host/collect-garbage.ts";
import { loadLibrary } from "../src/task/load-library.ts";
import { findTask } from "../src/task/run-calls.ts";
import { resolveShape } from "../src/task/shape.ts";
import type { TableSums } from "./column-sums.ts";
import type { SharedColumn } from "./kernel-data.ts";
import { createKernelJob } from "./kernel-job.ts";
import type {
  FromKernelThread,
  KernelCall,
  KernelThreadStart,
  ToKernelThread,
} from "./kernel-messages.ts";

/** A call, and what of its result counts. */
export interface KernelRun extends KernelCall {
  /** Columns of the result that are summed up. */
  readonly outputs: readonly string[];
  /** Whether a fold's time ends with its state: that is then applied to one row, so that it shows. */
  readonly stateOnly?: boolean;
}

export interface KernelDone {
  readonly ms: number;
  readonly sums: TableSums;
}

export interface KernelPool {
  /** Runs a task over the first `rows` rows, or over what it reads, on so many of the threads. */
  run(kernel: KernelRun, rows: number, threads: number): Promise<KernelDone>;
  end(): Promise<void>;
}

export interface KernelPoolPlan {
  readonly threads: number;
  readonly taskFolders: readonly string[];
  readonly dataRoots: readonly string[];
  readonly columns: readonly SharedColumn[];
}

const COLLECTED_ROWS_MIN = 1_000_000;

/** Asks a thread; a failure in it is thrown. */
export type Ask = (message: ToKernelThread) => Promise<FromKernelThread>;

/** One thread, and the number that all of them take chunks by. */
export interface KernelThread {
  readonly ask: Ask;
  readonly tell: (message: ToKernelThread) => void;
}

export async function startKernelPool(plan: KernelPoolPlan): Promise<KernelPool> {
  const { taskFolders, dataRoots, columns } = plan;
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const workerData: KernelThreadStart = { taskFolders, dataRoots, counter };
  const file = new URL("./kernel-thread.js", import.meta.url);
  const workers = Array.from({ length: plan.threads }, () => new Worker(file, { workerData }));
  const [{ library }] = await Promise.all([loadLibrary(taskFolders), ...workers.map(nextAnswer)]);
  const threads = workers.map((worker): KernelThread => {
    const tell = (message: ToKernelThread): void => worker.postMessage(message);
    const ask: Ask = (message) => {
      const answer = nextAnswer(worker);
      tell(message);
      return answer;
    };
    return { ask, tell };
  });
  for (const { tell } of threads) tell({ kind: "load", columns });
  return {
    async run({ task, params, outputs, stateOnly = false }, rows, used) {
      const shape = resolveShape(findTask(library, task).shape, params);
      const job = createKernelJob({ task, params }, threads.slice(0, used), counter);
      const begin = performance.now();
      const state = shape === "fold" ? await job.state(rows) : undefined;
      const early = stateOnly ? performance.now() - begin : undefined;
      const chunks = await job.result(shape, stateOnly ? 1 : rows, state);
      const ms = early ?? performance.now() - begin;
      // Small tables leave it to the collector when to look, as they do on a tasknode.
      const collects = rows > COLLECTED_ROWS_MIN;
      const sums = await job.sums(chunks, outputs, collects);
      if (collects) collectGarbage();
      return { ms, sums };
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** The next message of a thread, which may be that it failed, or its end. */
function nextAnswer(worker: Worker): Promise<FromKernelThread> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      settle();
    };
    const onMessage = (message: FromKernelThread): void =>
      done(() =>
        message.kind === "failed" ? reject(new Error(message.message)) : resolve(message),
      );
    const onError = (error: Error): void => done(() => reject(error));
    const onExit = (): void => done(() => reject(new Error("a kernel thread ended")));
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
  });
}
