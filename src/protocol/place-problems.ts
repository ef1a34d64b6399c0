/**
 * Finds the lines of problems that were found after reading, such as an unknown task or a wrong
 * parameter: their paths are those of a JobSpec, and the document may have another form.
 */

import { readDocumentValue } from "./document-text.ts";
import type { Problem } from "./errors.ts";
import { isMap, type Locate, type Path, type Plain } from "./located.ts";

/**
 * The same problems with line and column where the text shows them. Paths are those of the JobSpec,
 * `stages.<name>.tasks[i].<task>.…`; a text that cannot be read leaves them as they are.
 */
export function placeProblems(problems: readonly Problem[], text: string): Problem[] {
  const locate = specLocator(text);
  return problems.map((problem) => {
    if (problem.line !== undefined) return problem;
    const place = locate(pathSteps(problem.path));
    return place ? { ...problem, ...place } : problem;
  });
}

/** Where the parts of a JobSpec stand in the text it was read from; nowhere if that is unreadable. */
export function specLocator(text: string): Locate {
  try {
    const { value, locate } = readDocumentValue(text, {});
    return (path, part) => locate(documentPath(value, path), part);
  } catch {
    return () => undefined;
  }
}

/** The steps of a path as pathText writes it. */
function pathSteps(path: string): Path {
  return Array.from(path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g), (step) => {
    if (step[1] !== undefined) return Number(step[1]);
    return step[2] === undefined ? (step[3] ?? "") : String(JSON.parse(step[2]));
  });
}

function documentPath(document: Plain, steps: Path): Path {
  const [top, name, ...inStage] = steps;
  if (top !== "stages" || name === undefined || !isMap(document)) return steps;
  const { stages } = document;
  if (stages === undefined) return [String(name), ...taskPath(document[name], inStage)];
  if (!Array.isArray(stages)) {
    return ["stages", name, ...taskPath(isMap(stages) ? stages[name] : undefined, inStage)];
  }
  const isNamed = (stage: Plain) => isMap(stage) && (stage["name"] ?? stage["id"]) === name;
  const index = typeof name === "number" ? name : stages.findIndex(isNamed);
  return ["stages", index, ...taskPath(stages[index], inStage)];
}

/** Tasks written as a map have no positions, and those written as a name alone no parameters. */
function taskPath(stage: Plain | undefined, steps: Path): Path {
  const [tasks, index, ...inTask] = steps;
  if (tasks !== "tasks" || typeof index !== "number" || !isMap(stage)) return steps;
  const { tasks: written } = stage;
  if (!isMap(written)) return steps;
  const name = Object.keys(written)[index];
  return name === undefined ? ["tasks"] : ["tasks", name, ...inTask.slice(1)];
}
