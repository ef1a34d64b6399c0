/**
 * Checks a task's parameters against its own schema. What is wrong is said in the words that job
 * documents use, so that a fault reads the same wherever it is found.
 */
import { type Problem, RtlError } from "../protocol/errors.ts";
import { fit } from "../protocol/fit.ts";
import { type Position, problemsUnder } from "../protocol/issues.ts";
import type { TaskDefinition } from "./define-task.ts";

/** Parameters as the task wants them; RTL_PARAMS_INVALID lists every problem. */
export function parseParams<P>(
  task: Pick<TaskDefinition<P>, "name" | "params">,
  params: unknown,
): P {
  const parsed = fit(task.params, params);
  if (parsed.success) return parsed.data;
  const problems = paramsProblems(task, params);
  const [first] = problems;
  const place = first === undefined || first.path === "" ? "" : `${first.path}: `;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const message = `parameters of ${task.name}: ${place}${first?.message ?? "wrong"}${more}`;
  throw new RtlError("RTL_PARAMS_INVALID", message, {
    problems,
    at: { task: task.name },
    fix: first?.fix ?? `see: rtl task describe ${task.name}`,
  });
}

/** Every fault of a task's parameters, told from where they stand; empty when they fit. */
export const paramsProblems = (
  task: Pick<TaskDefinition, "params">,
  params: unknown,
  position: Position = { path: [] },
): readonly Problem[] => problemsUnder(task.params, params, position);
