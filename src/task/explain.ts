/**
 * What a user must know of a task, as data: from this come `rtl task describe` and docs/tasks.md, so
 * that they cannot differ. It knows only what a task says of itself.
 */
import type { TaskDescription } from "./library.ts";
import type { Shape, ShapeRule } from "./shape.ts";

export interface Explained {
  readonly name: string;
  readonly summary: string;
  /** Lines; none where the summary says it all. */
  readonly description: readonly string[];
  /** Names and what they say: what cutting into chunks means, other names, whether it is cached. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly parameters: readonly ExplainedParameter[];
  /** As it stands in a document. */
  readonly example: Readonly<Record<string, unknown>>;
}

export interface ExplainedParameter {
  /** `operations[].a`: a key of every element of a list. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** As JSON. */
  readonly default: string | undefined;
  readonly unit: string | undefined;
  readonly meaning: string;
}

export type Explainable = Pick<TaskDescription, "name" | "aliases" | "summary" | "shape"> & {
  readonly description?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly example?: unknown;
  readonly deterministic: boolean;
};

export function explainTask(task: Explainable): Explained {
  const { name, summary, description = "", shape, aliases, params, example = {} } = task;
  return {
    name,
    summary,
    description: description === "" ? [] : description.split("\n"),
    facts: [
      ...(aliases.length > 0 ? [["also", aliases.join(", ")] as const] : []),
      ["shape", shapeText(shape)],
      ...shapesOf(shape).map((one) => [one, chunkTexts[one]] as const),
      ["cacheable", task.deterministic ? "yes: the same input gives the same result" : "no"],
    ],
    parameters: parametersIn(params as Schema, ""),
    example: { [name]: example },
  };
}

/** What it means for a result that its input is cut into chunks. */
const chunkTexts: Readonly<Record<Shape, string>> = {
  source: "each chunk reads its own part of the files",
  map: "each chunk is treated by itself, as if it were the whole table",
  fold: "sees whole columns: every chunk is measured, then changed by what was found in all of them",
  reduce: "sees all rows: every chunk is made smaller or put in order, then all of them become one",
  gather: "sees all rows at once, on one node",
};

/** `map`, or `map; gather where operations.*.b is a list`. */
export function shapeText(rule: ShapeRule): string {
  if (typeof rule === "string") return rule;
  const { param, shapes = {}, chained, otherwise } = rule;
  const byShape = new Map<Shape, string[]>();
  for (const [value, shape] of Object.entries(shapes)) {
    if (shape !== otherwise) byShape.set(shape, [...(byShape.get(shape) ?? []), valueText(value)]);
  }
  const cases = [...byShape].map(
    ([shape, values]) => `${shape} where ${param} is ${either(values)}`,
  );
  if (chained !== undefined && chained.shape !== otherwise) {
    cases.push(`${chained.shape} where an operation reads a column that one before it makes`);
  }
  return [otherwise, ...cases].join("; ");
}

/** Every shape the task may have, the usual one first. */
export function shapesOf(rule: ShapeRule): readonly Shape[] {
  if (typeof rule === "string") return [rule];
  const { shapes = {}, chained, otherwise } = rule;
  return [...new Set([otherwise, ...Object.values(shapes), ...(chained ? [chained.shape] : [])])];
}

function valueText(key: string): string {
  if (key === "[]") return "a list";
  return key === "undefined" ? "left out" : key;
}

function either(texts: readonly string[]): string {
  const [last = "", ...others] = [...texts].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly unit?: unknown;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

/** The properties of a JSON Schema; what a list or an object holds comes after it. */
function parametersIn(schema: Schema, path: string): ExplainedParameter[] {
  const { properties, items, required = [], additionalProperties } = schema;
  const options = schema.anyOf ?? schema.oneOf ?? [];
  const found = options.flatMap((option) => parametersIn(option, path));
  if (items !== undefined) found.push(...parametersIn(items, `${path}[]`));
  if (typeof additionalProperties === "object") {
    found.push(...parametersIn(additionalProperties, path === "" ? "*" : `${path}.*`));
  }
  for (const [key, value] of Object.entries(properties ?? {})) {
    const own = path === "" ? key : `${path}.${key}`;
    found.push({
      path: own,
      type: typeText(value),
      required: required.includes(key) && value.default === undefined,
      default: value.default === undefined ? undefined : JSON.stringify(value.default),
      unit: typeof value.unit === "string" ? value.unit : undefined,
      meaning: value.description ?? "",
    });
    found.push(...parametersIn(value, own));
  }
  // Alternatives of one parameter often share keys: each is told once.
  return found.filter((one, at) => found.findIndex(({ path: other }) => other === one.path) === at);
}

function typeText(schema: Schema): string {
  const { type, enum: choices, const: constant, items } = schema;
  const options = schema.anyOf ?? schema.oneOf;
  if (constant !== undefined) return JSON.stringify(constant);
  if (choices !== undefined) return choices.map((choice) => JSON.stringify(choice)).join(" | ");
  if (options !== undefined) return [...new Set(options.map(typeText))].join(" | ");
  if (items !== undefined) return `list of ${typeText(items)}`;
  if (type === undefined) return "anything";
  return [type].flat().join(" | ");
}
