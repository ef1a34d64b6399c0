/**
 * One worker thread as the supervisor sees it: started, ready, given one order at a time, ended. It
 * answers exactly once per order: with what was done, or by ending. It is gone only when every process
 * is that its tasks have started. Whether it is in this process or in one apart makes no difference to
 * anybody, but to what it takes along when it dies.
 */
import { setTimeout as pause } from "node:timers/promises";
import { after } from "../host/after.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { limits } from "../protocol/limits.ts";
import { startProcess } from "./apart-process.ts";
import { endProcesses } from "./end-processes.ts";
import { type Inside, type InsideEvents, startThread } from "./inside.ts";
import type { NodeAnswers } from "./node-bus.ts";
import { type ProcessSeen, processes, treesOf } from "./processes.ts";
import { newMark } from "./slot-mark.ts";
import {
  board,
  type Cause,
  createBoard,
  type FromThread,
  type ThreadCatalog,
  type ThreadDone,
  type ThreadOrder,
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

/** What starts it. */
const starts = { thread: startThread, process: startProcess } as const;
export type ThreadKind = keyof typeof starts;

/**
 * A thread that waits for a process in a call ends only after that: such processes are looked for until
 * it has ended, and after so many looks the log says that it does not.
 */
const LOOK_AGAIN_MS = 100;
const LOOKS_TO_WARN = 50;

export class Thread {
  /** Counts the states of the task folders: threads of one generation run the same code. */
  readonly generation: number;
  readonly kind: ThreadKind;
  readonly #settings: ThreadSettings;
  readonly #inside: Inside;
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

  constructor(
    settings: ThreadSettings,
    generation: number,
    events: ThreadEvents,
    kind: ThreadKind = "thread",
  ) {
    this.generation = generation;
    this.kind = kind;
    this.#settings = settings;
    this.#mark = newMark(settings.node);
    const { taskFolders, dataRoots, fetchOrigins, heapMbMax } = settings;
    const start = { taskFolders, dataRoots, fetchOrigins, heapMbMax, mark: this.#mark };
    this.#inside = starts[kind]({ ...start, board: this.#board }, this.#insideEvents(events));
  }

  #insideEvents(events: ThreadEvents): InsideEvents {
    return {
      message: (message) => this.#hear(message, events),
      // What tasks print belongs into the log: standard output is not theirs.
      printed: (text) => {
        const line = text.slice(0, limits.logLineBytesMax).trimEnd();
        this.#settings.log.info({ text: line }, "a task printed");
      },
      ended: (why) => {
        this.#ready = false;
        this.#gone = true;
        void this.#endProcesses().then(() => events.ended(this, this.#ending ?? why));
      },
    };
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
    // Where the board is not seen, its marks go with any message; this one wakes nobody.
    if (!this.#inside.sharesBoard) this.#post({ kind: "abort" });
  }

  /** Lets go of memory that it refers to no more, when it comes to it. */
  collectGarbage(): void {
    if (this.#ready) this.#post({ kind: "collect" });
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
    if (this.#hasStarted) await this.#endProcesses({ parts: this.#inside.sharesBoard });
    this.#inside.terminate();
    for (let looks = 0; ; looks++) {
      await pause(LOOK_AGAIN_MS, undefined, { ref: false });
      if (this.#gone) return;
      if (looks === LOOKS_TO_WARN) this.#settings.log.warn({}, "a thread does not end");
      await this.#endProcesses();
    }
  }

  get #hasStarted(): boolean {
    return !this.#inside.sharesBoard || Atomics.load(this.#board, board.started) > 0;
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
    return parent === this.#inside.pid && this.#started.has(pid);
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#inside.post(message, transfer);
  }
}

/** Patience with a thread that loads its library. */
const START_MS = 30_000;

/** Ends a thread that is not ready in time, unless the function that it returns is called. */
export const withPatience = (thread: Thread, clock: Clock): (() => void) =>
  after(clock, START_MS, () => thread.end(`it did not load its tasks within ${START_MS} ms`));
