/**
 * One worker thread as the supervisor sees it: started, ready, given one order at a time, ended. It
 * answers exactly once per order: with what was done, or by ending.
 */
import { Worker } from "node:worker_threads";
import type { Log } from "../host/log.ts";
import { limits } from "../protocol/limits.ts";
import type { NodeAnswers } from "./node-bus.ts";
import {
  board,
  createBoard,
  type FromThread,
  type ThreadCatalog,
  type ThreadDone,
  type ThreadOrder,
  type ThreadStart,
  type ToThread,
} from "./thread-messages.ts";

export interface ThreadSettings {
  readonly taskFolders: readonly string[];
  readonly dataRoots: readonly string[];
  readonly fetchOrigins: readonly string[];
  readonly answers: NodeAnswers;
  /** Bound of a thread's heap. Columns lie outside the heap and are not counted. */
  readonly heapMbMax: number;
  readonly log: Log;
}

export interface ThreadEvents {
  ready(thread: Thread, catalog: ThreadCatalog): void;
  done(thread: Thread, done: ThreadDone): void;
  /** The thread is gone; `why` is for people. */
  ended(thread: Thread, why: string): void;
}

/**
 * Short-lived objects of a thread. Columns lie outside the heap, so little is enough; left to itself,
 * an idle node of two threads was measured at 131 MB resident instead of 97.
 */
const YOUNG_MB = 16;

export class Thread {
  /** Counts the states of the task folders: threads of one generation run the same code. */
  readonly generation: number;
  #ready = false;
  readonly #worker: Worker;
  readonly #board = createBoard();
  #ending: string | undefined;

  constructor(settings: ThreadSettings, generation: number, events: ThreadEvents) {
    this.generation = generation;
    const { taskFolders, dataRoots, fetchOrigins, heapMbMax } = settings;
    const start: ThreadStart = { taskFolders, dataRoots, fetchOrigins, board: this.#board };
    this.#worker = new Worker(new URL("./worker-thread.js", import.meta.url), {
      workerData: start,
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax, maxYoungGenerationSizeMb: YOUNG_MB },
      stdout: true,
      stderr: true,
    });
    this.#listen(settings, events);
  }

  #listen({ heapMbMax, log, answers }: ThreadSettings, events: ThreadEvents): void {
    let fault: string | undefined;
    this.#worker.on("message", (message: FromThread) => {
      if (message.kind === "ready") {
        this.#ready = true;
        events.ready(this, message.catalog);
      } else if (message.kind === "done") events.done(this, message.done);
      else if (message.kind === "recall") {
        const { question } = message;
        void answers.recall(message.key).then((kept) => {
          this.#post({ kind: "recalled", question, ...(kept && { kept }) });
        });
      } else void answers.remember(message.key, message.answer, message.lifetimeMs);
    });
    this.#worker.on("error", (error: unknown) => {
      fault = faultText(error, heapMbMax);
    });
    this.#worker.on("exit", (code) => {
      this.#ready = false;
      events.ended(this, this.#ending ?? fault ?? `it ended itself with exit code ${code}`);
    });
    // What tasks print belongs into the log: standard output is not theirs.
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        log.info({ text: text.slice(0, limits.logLineBytesMax).trimEnd() }, "a task printed");
      });
    }
  }

  /** Whether it has loaded its library and lives. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Whether it was told to end. */
  get ending(): boolean {
    return this.#ending !== undefined;
  }

  /** Which item of its order it runs now, and which call. */
  get place(): { readonly item: number; readonly call: number } {
    return {
      item: Atomics.load(this.#board, board.item),
      call: Atomics.load(this.#board, board.call),
    };
  }

  /** Starts an order; memory in `transfer` is the thread's from now on. */
  run(order: ThreadOrder, transfer: readonly ArrayBuffer[]): void {
    this.#board.fill(0);
    this.#post({ kind: "run", order }, transfer);
  }

  /** Tells all items of its order to end. */
  cancel(): void {
    Atomics.store(this.#board, board.cancelled, 1);
    this.#post({ kind: "abort" });
  }

  /** Tells one item of its order to end, because it ran too long. */
  expire(item: number): void {
    Atomics.store(this.#board, board.lateItem, item + 1);
    this.#post({ kind: "abort" });
  }

  /** Ends the thread, whatever it does; `ended` follows. */
  end(why: string): void {
    this.#ending ??= why;
    this.#ready = false;
    void this.#worker.terminate();
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

function faultText(error: unknown, heapMbMax: number): string {
  if (!(error instanceof Error)) return `it ended with the thrown value ${String(error)}`;
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return `it ran out of memory: a thread's heap is limited to ${heapMbMax} MB`;
  }
  return `it ended with an error that nothing caught: ${error.message}`;
}
