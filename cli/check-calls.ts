/**
 * Looks up the tasks of a job in the local library and checks their parameters: faults that would
 * otherwise show only when a relay plans the job.
 */
import type { Problem } from "../src/protocol/errors.ts";
import type { JobSpec, TaskCall } from "../src/protocol/job-spec.ts";
import { pathText } from "../src/protocol/located.ts";
import { placeProblems } from "../src/protocol/place-problems.ts";
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
  for (const stage of spec.stages) {
    for (const [index, call] of stage.tasks.entries()) {
      const path = pathText(["stages", stage.name, "tasks", index, call.task]);
      const found = callProblems(call, library, path);
      if (found === "unknown") {
        unknown.add(call.task);
        if (strict) problems.push(unknownTask(call.task, library, path));
      } else problems.push(...found);
    }
  }
  if (problems.length > 0) throw jobInvalid(placeProblems(problems, source.text), source.file);
  return [...unknown];
}

function callProblems(call: TaskCall, library: TaskLibrary, path: string): Problem[] | "unknown" {
  const task = library.find(call.task);
  if (task === undefined) return "unknown";
  return paramsProblems(task, call.params).map((problem) => {
    const rest = problem.path === "" || problem.path.startsWith("[") ? "" : ".";
    return { ...problem, path: `${path}${rest}${problem.path}` };
  });
}

function unknownTask(name: string, library: TaskLibrary, path: string): Problem {
  const near = library.suggest(name);
  const message = `unknown task "${name}"`;
  return near === undefined
    ? { path, message, fix: "list the tasks with: rtl task ls" }
    : { path, message: `${message}, did you mean "${near}"?`, fix: near };
}
