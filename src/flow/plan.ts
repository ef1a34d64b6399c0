/**
 * What a job document becomes before anything runs. A plan's stages are not the document's:
 * neighbouring map calls are fused, and a call that sees the whole column begins a stage of its
 * own. Planning reports every fault of a document at once, and never asks anybody anything.
 */
import type { Failure, Problem } from "../protocol/errors.ts";
import type { JobId, Millis, Pool, StageIndex } from "../protocol/ids.ts";
import type { JobSpec, SplitSpec } from "../protocol/job-spec.ts";
import { findCalls } from "./find-calls.ts";
import { layOut } from "./lay-out.ts";

export type Shape = "source" | "map" | "fold" | "reduce" | "gather";

/** Which part of a fold or a reduce a call is; every other shape is simply run. */
export type Part = "run" | "measure" | "merge" | "apply" | "partial" | "combine";

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
  /** A gather is one chunk that reads the whole of its inputs; a source reads none. */
  readonly shape: "source" | "map" | "gather";
  readonly inputs: readonly Edge[];
  readonly calls: readonly Call[];
  readonly split: SplitSpec | undefined;
  readonly attemptsMax: number;
  readonly backoffMs: Millis;
  /** Run limit of one piece of work; 0 is none. */
  readonly runMs: Millis;
  /** Work whose node is silent this long is given to another. */
  readonly leaseMs: Millis;
  /** How long ready work may wait for somebody to begin any of it; 0 is for ever. */
  readonly waitMs: Millis;
  /** When the stage has to be complete. */
  readonly deadlineAt: Millis | undefined;
  readonly where:
    | { readonly node?: string; readonly labels?: Readonly<Record<string, string>> }
    | undefined;
  /** All its tasks give the same again, and leave nothing behind: it may run twice at once. */
  readonly repeatable: boolean;
  /** The document asks to keep this stage's output by its provenance. */
  readonly cache: boolean;
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
  /** The same input gives the same output, and nothing else comes of it. */
  readonly deterministic: boolean;
}

export interface TaskCatalog {
  readonly find: (name: string) => CatalogEntry | undefined;
  readonly suggest: (name: string) => string | undefined;
}

export type Planned = { readonly plan: Plan } | { readonly problems: readonly Problem[] };
export type { Failure };

export interface PlanOptions {
  readonly at: Millis;
  /** Rows of the job's input; 1 for the table that stands in where there is none. */
  readonly inputRows: number;
  /** Free slots now. */
  readonly slots: number;
  readonly leaseMs: Millis;
  /** What holds where the document is silent. */
  readonly defaults: {
    readonly attempts: number;
    readonly backoffMs: Millis;
    readonly runMs: Millis;
    readonly waitMs: Millis;
  };
}

/** A plan, or every fault of the document with its path; never both, never only the first. */
export function plan(
  job: JobId,
  spec: JobSpec,
  catalog: TaskCatalog,
  options: PlanOptions,
): Planned {
  const { calls, problems } = findCalls(spec, catalog);
  if (problems.length > 0) return { problems };
  const { stages, result } = layOut(spec, calls, options);
  return {
    plan: {
      job,
      stages,
      result,
      origins: spec.stages.map((stage) => stage.name),
      inputRows: options.inputRows,
      slots: options.slots,
      leaseMs: options.leaseMs,
      deadlineAt:
        spec.deadlineMs === undefined ? undefined : ((options.at + spec.deadlineMs) as Millis),
      priority: spec.priority ?? 5,
    },
  };
}
