/**
 * How a task treats chunks: all that a planner needs to know of it. A shape is data, so that a relay
 * that does not have a task's code can still plan it.
 */

/**
 * - `source` makes a table from files; each chunk reads some of its units.
 * - `map` treats every chunk by itself.
 * - `fold` measures every chunk, merges what was measured, and applies that to every chunk.
 * - `gather` needs all rows at once, in order.
 */
export type Shape = "source" | "map" | "fold" | "gather";

/** A shape that hangs on a parameter. */
export interface ShapeByParam<S extends Shape = Shape> {
  /** Path into the parameters; `*` stands for every element: `model`, `operations.*.b`. */
  readonly param: string;
  /** By the value's text; a list is `[]`, null is `null`. The first match decides. */
  readonly shapes: Readonly<Record<string, S>>;
  readonly otherwise: S;
}

export type ShapeRule = Shape | ShapeByParam;

/** The shape of a task with these parameters. */
export function resolveShape(rule: ShapeRule, params: unknown): Shape {
  if (typeof rule === "string") return rule;
  for (const value of valuesAt(params, rule.param.split("."))) {
    const key = Array.isArray(value) ? "[]" : String(value);
    if (Object.hasOwn(rule.shapes, key)) return rule.shapes[key] ?? rule.otherwise;
  }
  return rule.otherwise;
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [key, ...rest] = path;
  if (key === undefined) return [value];
  if (key === "*") {
    return Array.isArray(value) ? value.flatMap((element) => valuesAt(element, rest)) : [];
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
  return valuesAt((value as Record<string, unknown>)[key], rest);
}
