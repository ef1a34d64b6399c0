/**
 * What a task is. A task author calls defineTask() and exports its result; everything that plans,
 * lists, checks or runs tasks goes by the definition alone.
 */
import type { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import type { Table } from "../table/table.ts";
import type { TaskContext } from "./context.ts";
import type { ShapeByParam } from "./shape.ts";

interface TaskBase<P> {
  /** A JavaScript-like name: `filterRows`. */
  readonly name: string;
  /** Other names that documents may use; snake_case and `task_` forms need not be listed. */
  readonly aliases?: readonly string[];
  /** One line, for lists. */
  readonly summary: string;
  /** What a user must know beyond it, for help pages. */
  readonly description?: string;
  readonly params: z.ZodType<P>;
  /** Parameters that would work, for help pages. */
  readonly example: unknown;
  /** False when the same input may give another result: then nothing is cached. */
  readonly deterministic?: boolean;
}

/** One table in, one table out: of a chunk (`map`) or of all rows (`gather`). */
export interface RunTask<P> extends TaskBase<P> {
  readonly shape: "map" | "gather" | ShapeByParam<"map" | "gather">;
  /**
   * It takes each input of its stage by itself, as `context.inputs` has them; its table is the first
   * of them. Inputs of any other task must have the same columns, and are put below one another.
   */
  readonly separateInputs?: boolean;
  run(table: Table, params: P, context: TaskContext): Table | Promise<Table>;
}

/** How much a source has to read, in units that can be split. */
export interface SourceSize {
  readonly units: number;
  readonly unit: "rows" | "bytes" | "files";
  /** The smallest range that makes sense. */
  readonly unitsMin?: number;
  /**
   * What every chunk must know, such as the columns found: plain data that msgpack can carry. Each
   * chunk finds it as `context.detail`.
   */
  readonly detail?: unknown;
}

/** Makes a table from files: `run` reads the units in `context.range`, or all of them. */
export interface SourceTask<P> extends TaskBase<P> {
  readonly shape: "source" | ShapeByParam<"source" | "map" | "gather">;
  /** Asked before the work is split, and only where the shape is `source`. */
  measure(params: P, context: TaskContext): SourceSize | Promise<SourceSize>;
  run(table: Table, params: P, context: TaskContext): Table | Promise<Table>;
}

/**
 * A result that depends on all rows, but can be measured in parts. The state is what msgpack can
 * carry: numbers, bigints, texts, lists, plain objects, typed arrays.
 */
export interface FoldTask<P, S> extends TaskBase<P> {
  readonly shape: "fold" | ShapeByParam<"fold" | "map" | "gather">;
  measure(table: Table, params: P, context: TaskContext): S | Promise<S>;
  /** Associative; `a` comes from rows before those of `b`. */
  merge(a: S, b: S, params: P): S | Promise<S>;
  /** Changes a chunk, given the state of all chunks. `context.firstRow` says where it lies. */
  apply(table: Table, state: S, params: P, context: TaskContext): Table | Promise<Table>;
  /** Called once with the final state: log lines. */
  report?(state: S, params: P, context: TaskContext): void | Promise<void>;
  /** Needed where the shape may be `map` or `gather`. */
  run?(table: Table, params: P, context: TaskContext): Table | Promise<Table>;
}

/**
 * One table out of all rows, most of whose work can be done on chunks. On one table it is
 * `combine(partial(table))`; the tables of several chunks are put below one another, in order,
 * before they are combined.
 */
export interface ReduceTask<P> extends TaskBase<P> {
  readonly shape: "reduce" | ShapeByParam<"reduce" | "map" | "gather">;
  /** Every chunk must give the same columns, also one without rows. */
  partial(table: Table, params: P, context: TaskContext): Table | Promise<Table>;
  combine(partials: Table, params: P, context: TaskContext): Table | Promise<Table>;
  /** Needed where the shape may be `map` or `gather`. */
  run?(table: Table, params: P, context: TaskContext): Table | Promise<Table>;
}

export type TaskDefinition<P = unknown, S = unknown> =
  | RunTask<P>
  | SourceTask<P>
  | FoldTask<P, S>
  | ReduceTask<P>;

export const isFoldTask = <P, S>(task: TaskDefinition<P, S>): task is FoldTask<P, S> =>
  "merge" in task;
export const isReduceTask = <P>(task: TaskDefinition<P>): task is ReduceTask<P> =>
  "combine" in task;
export const takesSeparateInputs = (task: TaskDefinition): boolean =>
  "separateInputs" in task && task.separateInputs === true;
export const isSourceTask = <P, S>(task: TaskDefinition<P, S>): task is SourceTask<P> =>
  "measure" in task && !("merge" in task);

/** Set by defineTask on its results; the loader finds tasks by it, whatever they are exported as. */
const DEFINED = Symbol.for("rtl.task");
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** A task; RTL_PARAMS_INVALID when the definition itself is wrong. */
export function defineTask<P, S>(definition: FoldTask<P, S>): FoldTask<P, S>;
export function defineTask<P>(definition: SourceTask<P>): SourceTask<P>;
export function defineTask<P>(definition: ReduceTask<P>): ReduceTask<P>;
export function defineTask<P>(definition: RunTask<P>): RunTask<P>;
export function defineTask<P, S>(definition: TaskDefinition<P, S>): TaskDefinition<P, S> {
  const name = String(definition.name);
  if (!NAME.test(name)) {
    throw new RtlError("RTL_PARAMS_INVALID", `"${name}" cannot be the name of a task`, {
      fix: "start with a letter; letters, digits and _ only; at most 64 characters",
    });
  }
  const inParts = isFoldTask(definition) || isReduceTask(definition);
  const wholly = typeof definition.shape === "string";
  if (!("run" in definition) && !(inParts && wholly)) {
    throw new RtlError("RTL_PARAMS_INVALID", `task ${name} has no run function`);
  }
  return Object.freeze({ ...definition, [DEFINED]: true });
}

export const isTask = (value: unknown): value is TaskDefinition =>
  typeof value === "object" && value !== null && DEFINED in value;
