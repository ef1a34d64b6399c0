/**
 * Looks up the tasks of a job in the local library and checks their parameters: faults that would
 * otherwise show only when a relay plans the job.
 */
import type { Problem } from "../src/protocol/errors.ts";
import { type Position, problemAt } from "../src/protocol/issues.ts";
import type { JobSpec } from "../src/protocol/job-spec.ts";
import { specLocator } from "../src/protocol/place-problems.ts";
import { jobInvalid } from "../src/protocol/problems.ts";
import type { TaskLibrary } from "../src/task/library.ts";
import { paramsProblems } from "../src/task/params.ts";
import type { SourceText } from "./command.ts";

/**
 * Names of tasks that the library does not have. With `strict` they are faults.
 * Fails with RTL_JOB_INVALID listing every fault with its place.
 */
export function checkCalls(
  spec: JobSpec,
  library: TaskLibrary,
  source: SourceText,
  strict: boolean,
): readonly string[] {
  const problems: Problem[] = [];
  const unknown = new Set<string>();
  const locate = specLocator(source.text);
  for (const stage of spec.stages) {
    for (const [index, call] of stage.tasks.entries()) {
      const path = ["stages", stage.name, "tasks", index, call.task];
      const task = library.find(call.task);
      if (task !== undefined) problems.push(...paramsProblems(task, call.params, { path, locate }));
      else if (strict) problems.push(unknownTask(call.task, library, { path, locate }));
      else unknown.add(call.task);
    }
  }
  if (problems.length > 0) throw jobInvalid(problems, source.file);
  return [...unknown];
}

function unknownTask(name: string, library: TaskLibrary, position: Position): Problem {
  const near = library.suggest(name);
  const message = `unknown task "${name}"`;
  if (near === undefined) {
    return problemAt(position, message, { fix: "list the tasks with: rtl task ls" });
  }
  return problemAt(position, `${message}, did you mean "${near}"?`, { fix: `write "${near}"` });
}
