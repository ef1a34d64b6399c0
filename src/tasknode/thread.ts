/**
 * One worker thread as the supervisor sees it: started, ready, given one order at a time, ended. It
 * answers exactly once per order: with what was done, or by ending. It is gone only when every process
 * is that its tasks have started.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { limits } from "../protocol/limits.ts";
import { endProcesses } from "./end-processes.ts";
import type { NodeAnswers } from "./node-bus.ts";
import { type ProcessSeen, processes, treesOf } from "./processes.ts";
import { newMark, SLOT } from "./slot-mark.ts";
import {
  board,
  type Cause,
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
  /** The node's name, for the mark of what its tasks start. */
  readonly node: string;
  readonly clock: Clock;
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
/**
 * A thread that waits for a process in a call ends only after that: such processes are looked for until
 * it has ended, and after so many looks the log says that it does not.
 */
const LOOK_AGAIN_MS = 100;
const LOOKS_TO_WARN = 50;

export class Thread {
  /** Counts the states of the task folders: threads of one generation run the same code. */
  readonly generation: number;
  readonly #settings: ThreadSettings;
  readonly #worker: Worker;
  readonly #board = createBoard();
  readonly #mark: string;
  /** Processes that its tasks started, where the system does not show marks. The oldest first. */
  readonly #started = new Set<number>();
  #ready = false;
  #gone = false;
  /** Whether its order was told to end. */
  #told = false;
  #ending: string | undefined;
  #force = false;

  constructor(settings: ThreadSettings, generation: number, events: ThreadEvents) {
    this.generation = generation;
    this.#settings = settings;
    this.#mark = newMark(settings.node);
    const { taskFolders, dataRoots, fetchOrigins, heapMbMax } = settings;
    const mark = this.#mark;
    const start: ThreadStart = { taskFolders, dataRoots, fetchOrigins, mark, board: this.#board };
    this.#worker = new Worker(new URL("./worker-thread.js", import.meta.url), {
      workerData: start,
      env: { ...process.env, [SLOT]: mark },
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax, maxYoungGenerationSizeMb: YOUNG_MB },
      stdout: true,
      stderr: true,
    });
    this.#listen(settings, events);
  }

  #listen({ heapMbMax, log }: ThreadSettings, events: ThreadEvents): void {
    let fault: string | undefined;
    this.#worker.on("message", (message: FromThread) => this.#hear(message, events));
    this.#worker.on("error", (error: unknown) => {
      fault = faultText(error, heapMbMax);
    });
    this.#worker.on("exit", (code) => {
      this.#ready = false;
      this.#gone = true;
      const why = this.#ending ?? fault ?? `it ended itself with exit code ${code}`;
      void this.#endProcesses().then(() => events.ended(this, why));
    });
    // What tasks print belongs into the log: standard output is not theirs.
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        log.info({ text: text.slice(0, limits.logLineBytesMax).trimEnd() }, "a task printed");
      });
    }
  }

  #hear(message: FromThread, events: ThreadEvents): void {
    const { answers } = this.#settings;
    switch (message.kind) {
      case "ready":
        this.#ready = true;
        events.ready(this, message.catalog);
        return;
      case "done":
        void this.#finish(message.done, events);
        return;
      case "started":
        this.#started.add(message.pid);
        for (const oldest of this.#started) {
          if (this.#started.size <= limits.startedProcessesMax) return;
          this.#started.delete(oldest);
        }
        return;
      case "recall": {
        const { question, key } = message;
        void answers.recall(key).then((kept) => {
          this.#post({ kind: "recalled", question, ...(kept && { kept }) });
        });
        return;
      }
      case "remember":
        void answers.remember(message.key, message.answer, message.lifetimeMs);
    }
  }

  /** A task that was told to end may have heeded that and left a process behind. */
  async #finish(done: ThreadDone, events: ThreadEvents): Promise<void> {
    if (this.#told && this.#hasStarted) await this.#endProcesses({ parts: false });
    // Its patience may have been over meanwhile: then it answers by ending.
    if (!this.#gone && !this.ending) events.done(this, done);
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
    this.#told = false;
    this.#post({ kind: "run", order }, transfer);
  }

  /** Tells all items of its order to end. */
  cancel(cancel: Cause): void {
    this.#told = true;
    Atomics.store(this.#board, board.cancelled, 1);
    const { by, reason } = cancel;
    this.#post({ kind: "abort", cancel: { by, reason } });
  }

  /** Begins none of the items of its order any more; the one that it is at goes on. */
  close(): void {
    Atomics.store(this.#board, board.closed, 1);
  }

  /** Tells one item of its order to end, because it ran too long. */
  expire(item: number): void {
    this.#told = true;
    Atomics.store(this.#board, board.lateItem, item + 1);
    this.#post({ kind: "abort" });
  }

  /**
   * Ends the thread, whatever it does, and all that its tasks have started; `ended` follows. With
   * `force` processes are killed without being asked.
   */
  end(why: string, { force = false } = {}): void {
    this.#force ||= force;
    this.#ready = false;
    if (this.#ending !== undefined) return;
    this.#ending = why;
    void this.#end();
  }

  async #end(): Promise<void> {
    // While the thread lives it notices the ends of its processes, so that nothing is left of them.
    if (this.#hasStarted) await this.#endProcesses();
    void this.#worker.terminate();
    for (let looks = 0; ; looks++) {
      await pause(LOOK_AGAIN_MS, undefined, { ref: false });
      if (this.#gone) return;
      if (looks === LOOKS_TO_WARN) this.#settings.log.warn({}, "a thread does not end");
      await this.#endProcesses();
    }
  }

  get #hasStarted(): boolean {
    return Atomics.load(this.#board, board.started) > 0;
  }

  /** With `parts`, also those that the thread needs for itself. */
  async #endProcesses({ parts = true } = {}): Promise<void> {
    const { clock, log } = this.#settings;
    const isRoot = (one: ProcessSeen) => this.#isOurs(one) && (parts || !one.isPart);
    const find = async () => treesOf(await processes(), isRoot);
    const count = await endProcesses({ find, force: () => this.#force, clock, log });
    if (count > 0) log.info({ count }, "processes of a task were ended");
  }

  #isOurs({ pid, parent, mark }: ProcessSeen): boolean {
    if (mark !== undefined) return mark === this.#mark;
    return parent === process.pid && this.#started.has(pid);
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
