/**
 * Checks a task's parameters by the JSON Schema that its tasknode published, where the task's code
 * is not at hand. It must never throw: a schema that cannot be used accepts everything, because the
 * node checks again with the real one.
 */
import { z } from "zod";
import type { Problem } from "./errors.ts";
import { problemsUnder } from "./issues.ts";

const compiled = new WeakMap<object, z.ZodType>();

/**
 * Every fault of `params` under a JSON Schema; empty when they fit or the schema is unusable.
 * @param path where the parameters stand in the document, such as `stages.keep.tasks[0].filterRows`
 */
export function checkParams(schema: object, params: unknown, path: string): Problem[] {
  try {
    return problemsUnder(compile(schema), params, { path: [] }).map((problem) => ({
      ...problem,
      path: joined(path, problem.path),
    }));
  } catch {
    return [];
  }
}

function compile(schema: object): z.ZodType {
  let known = compiled.get(schema);
  if (!known) {
    try {
      known = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    } catch {
      known = z.unknown();
    }
    compiled.set(schema, known);
  }
  return known;
}

function joined(path: string, rest: string): string {
  if (path === "" || rest === "") return path + rest;
  return rest.startsWith("[") ? path + rest : `${path}.${rest}`;
}
