/**
 * Holds a job document against the task library: every call gets its task, its shape and the pools
 * that offer it, or a problem with its path. It never stops at the first problem.
 */
import type { Problem } from "../protocol/errors.ts";
import type { Pool } from "../protocol/ids.ts";
import type { JobSpec, StageSpec, TaskCall } from "../protocol/job-spec.ts";
import { limits } from "../protocol/limits.ts";
import type { Shape, TaskCatalog } from "./plan.ts";

/** One call of the document, understood. */
export interface FoundCall {
  readonly task: string;
  readonly params: unknown;
  readonly shape: Shape;
  readonly pools: ReadonlySet<Pool>;
  readonly deterministic: boolean;
  readonly origin: number;
  readonly position: number;
}

export interface FoundCalls {
  /** By the document's stage, in order. */
  readonly calls: readonly (readonly FoundCall[])[];
  readonly problems: readonly Problem[];
}

export function findCalls(spec: JobSpec, catalog: TaskCatalog): FoundCalls {
  const problems: Problem[] = [...documentProblems(spec)];
  const suggest = suggestions(catalog);
  const calls = spec.stages.map((stage, origin) =>
    stage.tasks.flatMap((call, position) => {
      const path = `stages.${stage.name}.tasks[${position}]`;
      const found = findCall(call, path, catalog, suggest);
      if ("problems" in found) problems.push(...found.problems);
      return "problems" in found ? [] : [{ ...found, origin, position }];
    }),
  );
  return { calls, problems };
}

/** Unknown names that are compared with all names there are, which takes its time. */
const suggestionsMax = 50;

/** What mistyped names most likely meant: each is looked for once, and no more than a person reads. */
function suggestions(catalog: TaskCatalog): (name: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (name) => {
    if (!known.has(name) && known.size < suggestionsMax) known.set(name, catalog.suggest(name));
    return known.get(name);
  };
}

/** What is wrong with the document whatever tasks there are. */
function* documentProblems(spec: JobSpec): Generator<Problem> {
  if (spec.stages.length === 0) {
    yield { path: "stages", message: "a job needs at least one stage" };
  }
  if (spec.stages.length > limits.stagesMax) {
    const message = `${spec.stages.length} stages; a job may have ${limits.stagesMax}`;
    yield { path: "stages", message };
  }
  const earlier = new Set<string>();
  for (const stage of spec.stages) {
    yield* stageProblems(stage, earlier);
    earlier.add(stage.name);
  }
}

function* stageProblems(stage: StageSpec, earlier: ReadonlySet<string>): Generator<Problem> {
  const path = `stages.${stage.name}`;
  if (earlier.has(stage.name)) yield { path, message: `two stages are called "${stage.name}"` };
  if (stage.tasks.length === 0) {
    yield { path: `${path}.tasks`, message: "a stage needs at least one task" };
  }
  if (stage.tasks.length > limits.tasksPerStageMax) {
    const message = `${stage.tasks.length} tasks; a stage may have ${limits.tasksPerStageMax}`;
    yield { path: `${path}.tasks`, message };
  }
  for (const [index, need] of stage.needs.entries()) {
    if (!earlier.has(need)) {
      const message = `no stage before "${stage.name}" is called "${need}"`;
      yield { path: `${path}.needs[${index}]`, message };
    }
  }
}

function findCall(
  call: TaskCall,
  path: string,
  catalog: TaskCatalog,
  suggest: (name: string) => string | undefined,
): Omit<FoundCall, "origin" | "position"> | { readonly problems: readonly Problem[] } {
  const entry = catalog.find(call.task);
  if (entry === undefined) {
    const suggestion = suggest(call.task);
    const message = `unknown task "${call.task}"`;
    if (suggestion === undefined) return { problems: [{ path, message }] };
    const question = `${message}; did you mean "${suggestion}"?`;
    return { problems: [{ path, message: question, fix: suggestion }] };
  }
  const problems = [...entry.check(call.params, `${path}.${call.task}`)];
  if (entry.pools.size === 0) {
    problems.push({ path, message: `no running tasknode offers the task "${entry.name}"` });
  }
  if (problems.length > 0) return { problems };
  const shape = entry.shapeOf(call.params);
  const { pools, deterministic } = entry;
  return { task: entry.name, params: call.params, shape, pools, deterministic };
}
