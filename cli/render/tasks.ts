/** Tasks for people: many in a table, or one in full. */
import type { ListedTask } from "../task-command.ts";
import { textTable } from "./text-table.ts";

/** A line per task. */
export function taskTable(tasks: readonly ListedTask[]): string {
  const remote = tasks.some(({ nodes }) => nodes !== undefined);
  return textTable(
    ["TASK", "SHAPE", ...(remote ? ["NODES"] : []), "DOES"],
    tasks.map(({ name, shape, nodes, summary }) => [
      name,
      shapeText(shape),
      ...(remote ? [String(nodes?.length ?? 0)] : []),
      summary,
    ]),
  );
}

/** What a user must know to call a task. */
export function taskText(task: ListedTask): string {
  const { name, aliases, summary, description, shape, params, example, nodes } = task;
  const facts = [
    ["shape", shapeText(shape)],
    ...(aliases.length > 0 ? [["also", aliases.join(", ")]] : []),
    ...(nodes ? [["nodes", nodes.join(", ")]] : []),
    ...(task.deterministic ? [] : [["cached", "never: the same input may give another result"]]),
  ];
  return [
    `${name}: ${summary}`,
    ...(description === undefined ? [] : ["", description]),
    "",
    textTable([], facts),
    "",
    "Parameters",
    ...parameterLines(params, "  "),
    "",
    "Example",
    `  ${JSON.stringify({ [name]: example })}`,
  ].join("\n");
}

function shapeText(shape: ListedTask["shape"]): string {
  if (typeof shape === "string") return shape;
  const { shapes = {}, chained, otherwise } = shape;
  const all = [...Object.values(shapes), otherwise, ...(chained ? [chained.shape] : [])];
  return [...new Set(all)].join("/");
}

/** The properties of a JSON Schema as lines; what a list or an object holds is indented below. */
function parameterLines(schema: unknown, indent: string): string[] {
  const { properties, items, required = [], anyOf } = schema as Schema;
  if (anyOf !== undefined) return anyOf.flatMap((option) => parameterLines(option, indent));
  if (items !== undefined) return parameterLines(items, indent);
  if (properties === undefined) return [];
  return Object.entries(properties).flatMap(([key, value]) => {
    const needed = required.includes(key) && value.default === undefined;
    const words = [typeText(value), needed ? "required" : "", value.description ?? ""];
    const text = words.filter((word) => word !== "").join(", ");
    return [`${indent}${key}: ${text}`, ...parameterLines(value, `${indent}  `)];
  });
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

function typeText({ type, enum: choices, const: constant, anyOf, items, ...rest }: Schema): string {
  const base = rest.default === undefined ? "" : ` = ${JSON.stringify(rest.default)}`;
  if (constant !== undefined) return JSON.stringify(constant);
  if (choices) return `${choices.map((choice) => JSON.stringify(choice)).join(" | ")}${base}`;
  if (anyOf) return `${[...new Set(anyOf.map(typeText))].join(" | ")}${base}`;
  if (items) return `list of ${typeText(items)}${base}`;
  return `${type === undefined ? "anything" : [type].flat().join(" | ")}${base}`;
}
