/**
 * Checks a task's parameters against its schema and puts what is wrong into a user's words: every
 * problem, with its path, and the nearest key where one was mistyped.
 */
import { z } from "zod";
import { type Problem, RtlError } from "../protocol/errors.ts";
import { nearest } from "../protocol/nearest.ts";
import type { TaskDefinition } from "./define-task.ts";

/** Parameters as the task wants them; RTL_PARAMS_INVALID lists every problem. */
export function parseParams<P>(
  task: Pick<TaskDefinition<P>, "name" | "params">,
  params: unknown,
): P {
  const parsed = task.params.safeParse(params);
  if (parsed.success) return parsed.data;
  const schema = z.toJSONSchema(task.params, { io: "input", unrepresentable: "any" });
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, schema));
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

/** Also used by the planner, which checks parameters before anything runs. */
export function paramsProblems(
  task: Pick<TaskDefinition, "name" | "params">,
  params: unknown,
): readonly Problem[] {
  try {
    parseParams(task, params);
    return [];
  } catch (error) {
    if (error instanceof RtlError) return error.problems;
    throw error;
  }
}

type JsonSchema = Readonly<Record<string, unknown>>;

function problemsOf(issue: z.core.$ZodIssue, schema: JsonSchema): Problem[] {
  const path = pathText(issue.path);
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  const known = keysAt(schema, issue.path);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    return {
      path: pathText([...issue.path, key]),
      message: `there is no parameter "${key}"`,
      fix: near === undefined ? `parameters: ${known.join(", ")}` : `did you mean "${near}"?`,
    };
  });
}

/** `operations[0].method`, as documents are addressed everywhere. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

/** The keys that the schema knows at a path, over all its alternatives. */
function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  let here = alternatives(schema);
  for (const key of path) {
    here = here
      .map((option) =>
        typeof key === "number" ? option["items"] : asObject(option["properties"])?.[String(key)],
      )
      .flatMap((next) => alternatives(asObject(next)));
  }
  return [...new Set(here.flatMap((option) => Object.keys(asObject(option["properties"]) ?? {})))];
}

function alternatives(schema: JsonSchema | undefined): JsonSchema[] {
  if (schema === undefined) return [];
  const options = [schema["anyOf"], schema["oneOf"], schema["allOf"]].flat();
  return [schema, ...options.flatMap((option) => alternatives(asObject(option)))];
}

const asObject = (value: unknown): JsonSchema | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonSchema)
    : undefined;
