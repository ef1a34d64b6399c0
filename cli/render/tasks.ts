/** Tasks for people: many in a table, or one in full. */
import { type ExplainedParameter, explainTask, shapesOf } from "../../src/task/explain.ts";
import type { ListedTask } from "../task-command.ts";
import { textTable } from "./text-table.ts";

/** A line per task. */
export function taskTable(tasks: readonly ListedTask[]): string {
  const remote = tasks.some(({ nodes }) => nodes !== undefined);
  return textTable(
    ["TASK", "SHAPE", ...(remote ? ["NODES"] : []), "DOES"],
    tasks.map(({ name, shape, nodes, summary }) => [
      name,
      shapesOf(shape).join("/"),
      ...(remote ? [String(nodes?.length ?? 0)] : []),
      summary,
    ]),
  );
}

/** What a user must know to call a task. */
export function taskText(task: ListedTask): string {
  const { name, summary, description, facts, parameters, example } = explainTask(task);
  const { nodes } = task;
  return [
    `${name}: ${summary}`,
    ...(description.length > 0 ? ["", ...description] : []),
    "",
    textTable([], nodes ? [...facts, ["nodes", nodes.join(", ")]] : facts),
    "",
    "Parameters",
    ...(parameters.length > 0 ? parameters.map(parameterLine) : ["  any, which are ignored"]),
    "",
    "Example",
    `  ${JSON.stringify(example)}`,
  ].join("\n");
}

/** Indented as deep as it lies: `a: string, required, column`. */
function parameterLine(parameter: ExplainedParameter): string {
  const { path, type, required, unit, meaning } = parameter;
  const steps = path.split(".");
  const preset = parameter.default === undefined ? "" : ` = ${parameter.default}`;
  const words = [`${type}${preset}`, required ? "required" : "", unit ?? "", meaning];
  const text = words.filter((word) => word !== "").join(", ");
  return `${"  ".repeat(steps.length)}${steps.at(-1)}: ${text}`;
}
