/** A small task library for planning: the first letters of a name say its shape. */

import {
  type Plan,
  type Planned,
  type PlanOptions,
  plan,
  type Shape,
  type TaskCatalog,
} from "../../../src/flow/plan.ts";
import type { Problem } from "../../../src/protocol/errors.ts";
import type { JobId, Millis, Pool } from "../../../src/protocol/ids.ts";
import type { JobSpec, StageSpec } from "../../../src/protocol/job-spec.ts";

export const job = "j1" as JobId;

const shapes: Readonly<Record<string, Shape>> = {
  open: "source",
  write: "map",
  add: "map",
  filterRows: "map",
  double: "map",
  only2: "map",
  only1: "map",
  nowhere: "map",
  normalize: "fold",
  sort: "gather",
  topK: "reduce",
};

const pools: Readonly<Record<string, readonly string[]>> = {
  only1: ["p1"],
  only2: ["p2"],
  nowhere: [],
};

export const catalog: TaskCatalog = {
  find: (name) => {
    const shape = shapes[name];
    if (shape === undefined) return undefined;
    return {
      name,
      shapeOf: () => shape,
      check: (params, path): readonly Problem[] =>
        typeof params === "object" && params !== null && "bad" in params
          ? [{ path: `${path}.bad`, message: "unknown key" }]
          : [],
      pools: new Set((pools[name] ?? ["p1", "p2"]) as Pool[]),
      deterministic: name !== "write",
    };
  },
  suggest: (name) => Object.keys(shapes).find((known) => known.startsWith(name)),
};

export const options: PlanOptions = {
  at: 1_000 as Millis,
  inputRows: 100_000,
  slots: 4,
  leaseMs: 3_000 as Millis,
  defaults: { attempts: 3, backoffMs: 200 as Millis, runMs: 0 as Millis, waitMs: 0 as Millis },
};

/** A document's stage in short: `["keep", ["load"], "filterRows", "add"]`. */
export type Short = readonly [name: string, needs: readonly string[], ...tasks: string[]];

export const stage = (
  [name, needs, ...tasks]: Short,
  rest: Partial<StageSpec> = {},
): StageSpec => ({ name, needs, tasks: tasks.map((task) => ({ task, params: {} })), ...rest });

export const spec = (...stages: readonly (Short | StageSpec)[]): JobSpec => ({
  version: 1,
  stages: stages.map((one) => ("name" in one ? one : stage(one))),
});

export function planned(document: JobSpec, changes: Partial<PlanOptions> = {}): Plan {
  const result: Planned = plan(job, document, catalog, { ...options, ...changes });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.plan;
}

/** A plan as one line a stage: `1 map keep [0 chunk] filterRows, add`. */
export const drawn = (made: Plan): readonly string[] =>
  made.stages.map(({ index, shape, name, inputs, calls }) => {
    const edges = inputs.map(({ from, by }) => `${from} ${by}`).join(", ");
    const parts = calls.map(({ task, part }) => (part === "run" ? task : `${task}:${part}`));
    return `${index} ${shape} ${name} [${edges}] ${parts.join(", ")}`;
  });
