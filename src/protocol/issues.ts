/**
 * Turns the issues of a zod schema into problems that a user can act on: readable words instead of
 * type names, one problem for each unknown key with the key that was probably meant, and of a union
 * only the branch that the value comes closest to.
 */
import type { z } from "zod";
import type { Problem } from "./errors.ts";
import { fit } from "./fit.ts";
import { type Locate, type Path, pathText, shortened } from "./located.ts";
import { didYouMean, nearest } from "./nearest.ts";

type Issue = z.core.$ZodIssue;
/** Branches are compared in a union of unions; deeper ones come from a hostile schema only. */
const unionDepthMax = 8;

/** Of one value and of one map; more are no help, and hostile documents have millions. */
const issuesMax = 100;

/** Where the checked value stands in its document. */
export interface Position {
  readonly path: Path;
  readonly locate?: Locate | undefined;
}

/** Every fault of `value` under `schema`, as problems; empty when it fits. */
export function problemsUnder(schema: z.ZodType, value: unknown, position: Position): Problem[] {
  const keysKnown = new WeakMap<object, readonly string[]>();
  const result = fit(schema, value, {
    error: (issue) => {
      // The finished issue no longer knows its schema, but it keeps this very list of keys.
      if (issue.code === "unrecognized_keys") keysKnown.set(issue.keys, shapeKeys(issue.inst));
      return undefined;
    },
  });
  if (result.success) return [];
  const reader = new IssueReader(value, position, keysKnown);
  const issues = result.error.issues.slice(0, issuesMax);
  const found = issues.flatMap((issue) => reader.problems(issue, [], unionDepthMax));
  return found.filter((problem) => !reader.isMisspelt(problem));
}

function shapeKeys(schema: unknown): string[] {
  const shape = (schema as { _zod?: { def?: { shape?: object } } })?._zod?.def?.shape;
  return Object.keys(shape ?? {});
}

/** A problem at a path, with line and column where the text is known. */
export function problemAt(
  position: Position,
  message: string,
  options: { fix?: string | undefined; part?: "key" | "value"; at?: Path } = {},
): Problem {
  const place = position.locate?.(options.at ?? position.path, options.part);
  return {
    path: pathText(position.path),
    message,
    ...place,
    ...(options.fix !== undefined && { fix: options.fix }),
  };
}

class IssueReader {
  readonly #root: unknown;
  readonly #position: Position;
  readonly #keysKnown: WeakMap<object, readonly string[]>;
  /** Keys that a misspelt one stands for, and the problems that say such a key is missing. */
  readonly #meant = new Set<string>();
  readonly #missing = new Map<Problem, string>();

  constructor(root: unknown, position: Position, keysKnown: WeakMap<object, readonly string[]>) {
    this.#root = root;
    this.#position = position;
    this.#keysKnown = keysKnown;
  }

  /** Whether this key is missing only because it is misspelt, which is another problem's text. */
  isMisspelt(problem: Problem): boolean {
    return this.#meant.has(this.#missing.get(problem) ?? "");
  }

  problems(issue: Issue, before: Path, depth: number): Problem[] {
    const path = [...before, ...issue.path.map((step) => (typeof step === "symbol" ? "" : step))];
    if (issue.code === "unrecognized_keys") {
      const known = this.#keysKnown.get(issue.keys) ?? [];
      return issue.keys.slice(0, issuesMax).map((key) => this.#unknownKey(path, key, known));
    }
    const value = valueAt(this.#root, path);
    if (issue.code === "invalid_union" && depth > 0) {
      const branch = value === undefined ? undefined : closest(issue.errors);
      if (branch) return branch.flatMap((inner) => this.problems(inner, path, depth - 1));
    }
    if (issue.code === "invalid_key") {
      const message = issue.issues[0]?.message ?? "this key is not allowed";
      return [this.#at(path, message, { part: "key" })];
    }
    if (value === undefined && path.length > 0 && isMismatch(issue)) {
      const key = String(path.at(-1));
      const problem = this.#at(path.slice(0, -1), `the key "${key}" is missing`, { part: "key" });
      this.#missing.set(problem, pathText(path));
      return [problem];
    }
    const { message, fix } = explain(issue, value);
    return [this.#at(path, message, { fix })];
  }

  #unknownKey(path: Path, key: string, known: readonly string[]): Problem {
    const near = nearest(key, known);
    if (near !== undefined) this.#meant.add(pathText([...path, near]));
    const message = `unknown key "${shortened(key)}"${didYouMean(key, known)}`;
    const fix = near === undefined ? allowed(known) : `write "${near}"`;
    const at = [...this.#position.path, ...path, key];
    return this.#at(path, message, { fix, part: "key", at });
  }

  #at(path: Path, message: string, options: Parameters<typeof problemAt>[2]): Problem {
    const position = { ...this.#position, path: [...this.#position.path, ...path] };
    return problemAt(position, message, options);
  }
}

function allowed(keys: readonly string[]): string | undefined {
  if (keys.length === 0) return undefined;
  return `the keys here are ${keys.slice(0, 20).join(", ")}`;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** Whether the value is of another kind altogether, so that the branch says nothing about it. */
function isMismatch(issue: Issue): boolean {
  if (issue.code === "invalid_union") {
    return issue.errors.length > 0 && issue.errors.every((branch) => branch.some(isRootMismatch));
  }
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}
const isRootMismatch = (issue: Issue): boolean => issue.path.length === 0 && isMismatch(issue);

/** The branch whose kind fits the value, with the fewest faults; undefined when no kind fits. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const weight = (branch: readonly Issue[]) =>
    branch.reduce(
      // A wrong tag, such as another "kind", means that another branch was meant.
      (sum, issue) => sum + (issue.code === "invalid_value" && issue.path.length === 1 ? 100 : 1),
      0,
    );
  return branches
    .filter((branch) => !branch.some(isRootMismatch))
    .reduce<readonly Issue[] | undefined>(
      (best, branch) => (best && weight(best) <= weight(branch) ? best : branch),
      undefined,
    );
}

function explain(issue: Issue, value: unknown): { message: string; fix?: string | undefined } {
  switch (issue.code) {
    case "invalid_type":
    case "invalid_value":
    case "invalid_union":
      return mismatch(issue, value);
    case "too_small":
      return { message: bound(issue.origin, "at least", issue.minimum, value) };
    case "too_big":
      return { message: bound(issue.origin, "at most", issue.maximum, value) };
    case "not_multiple_of":
      return { message: `must be a multiple of ${issue.divisor}, received ${shown(value)}` };
    case "invalid_format":
      return { message: ownMessage(issue, `${shown(value)} does not have the right form`) };
    default:
      return { message: ownMessage(issue, `${shown(value)} is not allowed here`) };
  }
}

/** A message that the schema's author wrote; zod's own begin with "Invalid". */
function ownMessage(issue: Issue, otherwise: string): string {
  return issue.message.startsWith("Invalid") ? otherwise : issue.message;
}

function mismatch(issue: Issue, value: unknown): { message: string; fix?: string | undefined } {
  if (issue.message !== "" && !issue.message.startsWith("Invalid")) {
    return { message: issue.message };
  }
  const options = new Set(expected(issue));
  if (options.size === 0) return { message: `${shown(value)} is not allowed here` };
  const texts = [...options].filter((option) => option.startsWith('"')).map((o) => o.slice(1, -1));
  const meant = typeof value === "string" ? didYouMean(value, texts) : "";
  const message = `expected ${orList([...options])}, received ${shown(value)}${meant}`;
  const near = typeof value === "string" ? nearest(value, texts) : undefined;
  return { message, fix: near === undefined ? undefined : `write "${near}"` };
}

function expected(issue: Issue): string[] {
  if (issue.code === "invalid_type") return [kindWords[issue.expected] ?? issue.expected];
  if (issue.code === "invalid_value") return issue.values.map((value) => shown(value));
  if (issue.code !== "invalid_union") return [];
  return issue.errors.flatMap((branch) => branch.filter(isRootMismatch).flatMap(expected));
}

const kindWords: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
  null: "null",
};

function bound(origin: string, words: string, limit: number | bigint, value: unknown): string {
  const unit = { string: "characters", array: "items", object: "keys" }[origin];
  if (unit) return `must have ${words} ${limit} ${limit === 1 ? unit.slice(0, -1) : unit}`;
  return `must be ${words} ${limit}, received ${shown(value)}`;
}

function orList(options: readonly string[]): string {
  const shownOptions = options.length > 40 ? [...options.slice(0, 40), "…"] : options;
  if (shownOptions.length < 2) return shownOptions.join("");
  return `${shownOptions.slice(0, -1).join(", ")} or ${shownOptions.at(-1)}`;
}

/** A value in a message: scalars as written, collections by their kind. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return shortened(text);
}
