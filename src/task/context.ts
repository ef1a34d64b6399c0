/**
 * What a task is given besides its parameters and its table. A task sees the world only through
 * this: no clock, no network but allowed origins, no path outside the data folders.
 */
import type { Table } from "../table/table.ts";
import type { Fetch } from "./fetching.ts";
import type { Plot } from "./plot.ts";

/** Half-open range of a source's units: rows, bytes or files, as its `measure` says. */
export interface UnitRange {
  readonly start: number;
  readonly end: number;
}

/** Files below the data folders. Synchronous, because tasks run in threads of their own. */
export interface TaskFiles {
  /** Paths, relative to a data folder, that fit a path or glob (`*`, `?`, `**`); [] when none. */
  find(pattern: string): string[];
  /** Bytes; RTL_FILE_MISSING, naming the data folders, when there is no such file. */
  size(path: string): number;
  /**
   * Bytes [start, end) of a file; the whole file by default. They are in memory of their own, or in `into`
   * where they fit: who reads a file piece by piece uses one piece again and again.
   */
  read(path: string, start?: number, end?: number, into?: Uint8Array): Uint8Array;
  /** Replaces a file in one step; RTL_FILE_MISSING when its folder does not exist. */
  write(path: string, parts: readonly Uint8Array[]): void;
  /**
   * The true path of a plain file below a data folder, for libraries that read files themselves;
   * RTL_FILE_MISSING, RTL_FILE_REFUSED, or RTL_FILE_INVALID for what is no plain file.
   */
  locate(path: string): string;
}

export interface TaskContext {
  /**
   * Aborted when the task is to end: its job is cancelled, or it ran too long. `signal.reason` is an
   * error that says why, and, as `by` and `reason`, who cancelled the job and what for. A task that goes
   * on is ended after its grace, with every process that it has started.
   */
  readonly signal: AbortSignal;
  /** The same as a cheap question, for long loops that never wait. */
  readonly isCancelled: () => boolean;
  /** For a source: the units that this chunk is to read; undefined means all of them. */
  readonly range: UnitRange | undefined;
  /** For a source: what its `measure` left as `detail`; undefined where nothing was measured. */
  readonly detail: unknown;
  /** Number of this chunk among those of its stage, from 0. */
  readonly chunk: number;
  /**
   * Rows of the table that lie before this chunk: 0 on one table, and where nobody knows. A fold's
   * `apply` knows them always; a map does as the first task of a stage that is cut by rows.
   */
  readonly firstRow: number;
  readonly files: TaskFiles;
  /** All inputs of a stage with several `needs`, for a task with `separateInputs`; usually one. */
  readonly inputs: readonly Table[];
  /**
   * A log line whose one number is added up over all chunks:
   * `tally("=> Filtered Results: ({},)", 166)`. The n-th tally of a call is added to the n-th of
   * the same call on other chunks, so that every chunk must tally the same lines in one order.
   */
  tally(template: string, count: number): void;
  /** A log line as it is. */
  log(line: string): void;
  /** Shows a plot to whoever watches the job. */
  plot(plot: Plot): void;
  /** Gets an answer from an allowed origin, or from the cache. */
  readonly fetch: Fetch;
}

/** What whoever runs tasks must supply; the rest of a TaskContext belongs to the call itself. */
export type TaskSurroundings = Pick<TaskContext, "signal" | "isCancelled" | "range" | "files"> &
  Partial<Pick<TaskContext, "inputs" | "detail" | "chunk" | "firstRow" | "fetch">>;
