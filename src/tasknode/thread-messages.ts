/**
 * What the supervisor and a thread say to each other, and the few numbers that both can read while
 * the thread is busy. Only types and constants: nothing here sends anything.
 */
import type { Failure } from "../protocol/errors.ts";
import type { CallReport, Cancel, ItemDone, Order, OrderItem } from "../protocol/messages.ts";
import type { TaskDescription } from "../task/library.ts";
import type { LoadProblem } from "../task/load-library.ts";
import type { Plot } from "../task/plot.ts";

/** Given to a thread when it starts. */
export interface ThreadStart {
  readonly taskFolders: readonly string[];
  readonly dataRoots: readonly string[];
  /** Origins that tasks may fetch from: `https://api.example.com`. */
  readonly fetchOrigins: readonly string[];
  readonly board: Int32Array;
  /** What every process that its tasks start bears. */
  readonly mark: string;
  /** In a process apart: where to write at which item and call it is, because nobody sees the board. */
  readonly placeFd?: number;
}

/** A table as IPC bytes that begin at a multiple of 8, or as JSON from a client without Arrow. */
export type ThreadTable = { readonly bytes: Uint8Array } | { readonly json: unknown };

export interface ThreadOrder extends Pick<Order, "calls" | "measure" | "runMs" | "states"> {
  readonly items: readonly OrderItem[];
  readonly tables: readonly ThreadTable[];
  /** Shared memory for outputs, used again: the thread's until it says what is left of it. */
  readonly spares?: readonly SharedArrayBuffer[];
}

export type ToThread =
  | { readonly kind: "run"; readonly order: ThreadOrder }
  /** Wakes a task that waits and says why; the board says which task is meant. */
  | { readonly kind: "abort"; readonly cancel?: Cause }
  | { readonly kind: "collect" }
  /** The answer to `recall`: nothing where nothing is kept. */
  | { readonly kind: "recalled"; readonly question: number; readonly kept?: KeptAnswer };

/** By whom a job was cancelled, and why. */
export type Cause = Pick<Cancel, "by" | "reason">;

/**
 * One table of outputs; above the inline limit its bytes lie in shared memory. Or one of the order's
 * own tables, by its place, that goes out as it came in.
 */
export type TableBytes = { readonly rows: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly from: number }
);

/** An item as a thread leaves it. Where its failure happened, the supervisor knows better. */
export type ItemResult = Omit<ItemDone, "failure"> & { readonly failure?: Failure };

/** A plot with its job, where that is not the order's. */
export interface ThreadPlot {
  readonly job: string | undefined;
  readonly plot: Plot;
}

/** What a thread made of the items of an order, in their order. */
export interface ThreadDone {
  readonly tables: readonly TableBytes[];
  readonly items: readonly ItemResult[];
  readonly calls: readonly CallReport[];
  readonly plots: readonly ThreadPlot[];
  readonly spares?: readonly SharedArrayBuffer[];
}

/** What the thread's task folders hold. */
export interface ThreadCatalog {
  readonly tasks: readonly TaskDescription[];
  /** Files that could not be loaded; the others serve. */
  readonly problems: readonly LoadProblem[];
}

export type FromThread =
  | { readonly kind: "ready"; readonly catalog: ThreadCatalog }
  | { readonly kind: "done"; readonly done: ThreadDone }
  /** A task has started a process. */
  | { readonly kind: "started"; readonly pid: number }
  /** Is an answer kept under this key? */
  | { readonly kind: "recall"; readonly question: number; readonly key: string }
  | {
      readonly kind: "remember";
      readonly key: string;
      readonly answer: KeptAnswer;
      readonly lifetimeMs: number;
    };

/** An answer of another server, as the cache keeps it. */
export interface KeptAnswer {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/**
 * The board: shared numbers, so that a loop that never waits can be told to end, and so that the
 * supervisor knows what ran in a thread that died.
 */
export const board = {
  /** 1 when the job of the order in hand is cancelled. Written by the supervisor. */
  cancelled: 0,
  /** 1 + the item that ran over its limit; 0 when none did. Written by the supervisor. */
  lateItem: 1,
  /** Which item of the order runs, and which call of it. Written by the thread. */
  item: 2,
  call: 3,
  /** Processes that tasks of the order have started. Written by the thread. */
  started: 4,
  /** 1 when nothing that has not begun is to begin any more. Written by the supervisor. */
  closed: 5,
} as const;
const BOARD_PLACES = 6;

export const createBoard = (): Int32Array =>
  new Int32Array(new SharedArrayBuffer(4 * BOARD_PLACES));

/** Why an item must end now; undefined while it may go on. */
export function endReason(shared: Int32Array, item: number): "cancelled" | "late" | undefined {
  if (Atomics.load(shared, board.cancelled) !== 0) return "cancelled";
  return Atomics.load(shared, board.lateItem) === item + 1 ? "late" : undefined;
}

/** The failure of an item that ran over its limit. */
export function lateFailure(task: string | undefined, runMs: number): Failure {
  const who = task === undefined ? "the work" : `task ${task}`;
  return {
    code: "RTL_TASK_TIMEOUT",
    message: `${who} ran longer than its run limit of ${runMs} ms and was ended`,
    ...(task !== undefined && { at: { task } }),
    fix: "raise the stage's timeout, or split its input into smaller chunks",
  };
}

/** The failure of an item that had not begun when its node had been silent for too long. */
export const stoodStillFailure: Failure = {
  code: "RTL_WORK_LOST",
  message: "its node stood still for longer than its lease before it began",
};

export const cancelledFailure: Failure = {
  code: "RTL_JOB_CANCELLED",
  message: "the job was cancelled",
};

/** The failure of what a thread or process was at when it ended. */
export function deathFailure(task: string | undefined, kind: string, why: string): Failure {
  const what = task === undefined ? "a task" : `task ${task}`;
  return {
    code: "RTL_WORKER_ENDED",
    message: `${what} ended its ${kind}: ${why}`,
    ...(task !== undefined && { at: { task } }),
    fix: "a task must throw or return; it may not exit, and must stay within its memory",
  };
}
