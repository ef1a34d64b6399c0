/**
 * The types of a plan: what a job document becomes before anything runs. A plan's stages are not the
 * document's: neighbouring map calls are fused, and a call that sees the whole column begins a stage
 * of its own.
 */
import type { Failure, Problem } from "../protocol/errors.ts";
import type { JobId, Millis, Pool, StageIndex } from "../protocol/ids.ts";
import type { SplitSpec } from "../protocol/job-spec.ts";

export type Shape = "source" | "map" | "fold" | "gather";

/** Which half of a fold a call is; every other shape is simply run. */
export type Part = "run" | "measure" | "merge" | "apply";

export interface Call {
  /** The task's own name, whatever spelling the document used. */
  readonly task: string;
  readonly params: unknown;
  readonly part: Part;
  /** Index of the document's stage that asked for it, and its place there. */
  readonly origin: number;
  readonly position: number;
}

/**
 * How a stage gets its input from another:
 * - `chunk`: chunk i from chunk i, as soon as it is there;
 * - `rows`: the whole output in row order, cut anew;
 * - `whole`: the whole output, as one table, to the only chunk;
 * - `states`: the states that measuring left, in chunk order, to the only chunk;
 * - `state`: the one merged state, to every chunk;
 * - `after`: nothing but the order.
 */
export interface Edge {
  readonly from: StageIndex | "input";
  readonly by: "chunk" | "rows" | "whole" | "states" | "state" | "after";
}

export interface Stage {
  readonly index: StageIndex;
  /** For people: `keep`, or `keep+mean` where stages of the document were fused. */
  readonly name: string;
  readonly shape: "source" | "map" | "gather";
  readonly inputs: readonly Edge[];
  readonly calls: readonly Call[];
  readonly split: SplitSpec | undefined;
  readonly attemptsMax: number;
  readonly backoffMs: Millis;
  /** Run limit of one piece of work; 0 is none. */
  readonly runMs: Millis;
  readonly where:
    | { readonly node?: string; readonly labels?: Readonly<Record<string, string>> }
    | undefined;
}

export interface Plan {
  readonly job: JobId;
  readonly stages: readonly Stage[];
  /** The stage whose ordered output is the job's result. */
  readonly result: StageIndex;
  /** Names of the document's stages, in its order; `Call.origin` points here. */
  readonly origins: readonly string[];
  readonly inputRows: number;
  /** Free slots at the time of planning: chunks are cut so that each has work. */
  readonly slots: number;
  readonly leaseMs: Millis;
  readonly deadlineAt: Millis | undefined;
  /** 0 to 9, higher first. */
  readonly priority: number;
}

/** What the planner needs to know of a task; a relay builds it from what nodes announce. */
export interface CatalogEntry {
  readonly name: string;
  readonly shapeOf: (params: unknown) => Shape;
  readonly check: (params: unknown, path: string) => readonly Problem[];
  readonly pools: ReadonlySet<Pool>;
}

export interface TaskCatalog {
  readonly find: (name: string) => CatalogEntry | undefined;
  readonly suggest: (name: string) => string | undefined;
}

export type Planned = { readonly plan: Plan } | { readonly problems: readonly Problem[] };
export type { Failure };
