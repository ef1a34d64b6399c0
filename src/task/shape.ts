/**
 * How a task treats chunks: all that a planner needs to know of it. A shape is data, so that a relay
 * that does not have a task's code can still plan it.
 */

/**
 * - `source` makes a table from files; each chunk reads some of its units.
 * - `map` treats every chunk by itself.
 * - `fold` measures every chunk, merges what was measured, and applies that to every chunk.
 * - `reduce` makes a smaller (or better prepared) table of every chunk, and one table of them all.
 * - `gather` needs all rows at once, in order.
 */
export const shapes = ["source", "map", "fold", "reduce", "gather"] as const;
export type Shape = (typeof shapes)[number];

/** A shape that hangs on parameters. */
export interface ShapeByParam<S extends Shape = Shape> {
  /** Path into the parameters; `*` stands for every element: `model`, `operations.*.b`. */
  readonly param?: string | undefined;
  /** By the value's text; a list is `[]`, null is `null`, a missing one `undefined`. The first match
   * decides. */
  readonly shapes?: Readonly<Record<string, S>> | undefined;
  /** Only what all values of `param` agree on decides; one that is not in `shapes` agrees with none. */
  readonly unanimous?: boolean | undefined;
  /** Decides before anything else does. */
  readonly chained?: Chained<S> | undefined;
  readonly otherwise: S;
}

/**
 * The shape of a list of operations of which one reads a column that one before it makes: what is
 * measured of chunks cannot know it yet.
 */
export interface Chained<S extends Shape = Shape> {
  /** Path of the list. */
  readonly operations: string;
  /** Keys of an operation that name columns it reads: a name, or a list of names. */
  readonly reads: readonly string[];
  /** Names of the columns it makes; `{key}` stands for a parameter of the operation: `{y}{model}`. */
  readonly makes: readonly string[];
  readonly shape: S;
}

export type ShapeRule = Shape | ShapeByParam;

/** The shape of a task with these parameters. */
export function resolveShape(rule: ShapeRule, params: unknown): Shape {
  if (typeof rule === "string") return rule;
  if (rule.chained !== undefined && isChained(rule.chained, params)) return rule.chained.shape;
  if (rule.param === undefined || rule.shapes === undefined) return rule.otherwise;
  const { shapes, otherwise } = rule;
  const found = valuesAt(params, rule.param.split(".")).map((value) => {
    const key = Array.isArray(value) ? "[]" : textOf(value);
    return Object.hasOwn(shapes, key) ? shapes[key] : undefined;
  });
  if (rule.unanimous !== true) return found.find((shape) => shape !== undefined) ?? otherwise;
  const [first] = found;
  return found.every((shape) => shape === first) ? (first ?? otherwise) : otherwise;
}

function isChained({ operations, reads, makes }: Chained, params: unknown): boolean {
  const made = new Set<string>();
  for (const operation of valuesAt(params, [...operations.split("."), "*"])) {
    if (
      reads
        .flatMap((key) => valuesAt(operation, [key]))
        .flat()
        .some((name) => made.has(textOf(name)))
    ) {
      return true;
    }
    for (const template of makes) {
      made.add(
        template.replace(/\{(\w+)\}/g, (_, key) => textOf(valuesAt(operation, [key])[0] ?? "")),
      );
    }
  }
  return false;
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

/** Parameters are looked at before they are checked: of some values no text can be made. */
const textOf = (value: unknown): string =>
  typeof value === "object" && value !== null ? "{}" : String(value);
