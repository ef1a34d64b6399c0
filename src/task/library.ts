/**
 * A set of tasks by unique name. It answers what the planner and the help pages ask; it never loads
 * or runs anything.
 */
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import { nearest } from "../protocol/nearest.ts";
import type { TaskDefinition } from "./define-task.ts";
import type { ShapeRule } from "./shape.ts";

/** A task as data: what travels to relays and to help pages. */
export interface TaskDescription {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly shape: ShapeRule;
  /** JSON Schema of the parameters. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly example: unknown;
  readonly deterministic: boolean;
}

export interface TaskLibrary {
  /** In the order in which they were given. */
  readonly tasks: readonly TaskDefinition[];
  /** By name, alias, snake_case or `task_` form; undefined when there is none. */
  find(name: string): TaskDefinition | undefined;
  /** The name that a mistyped one most likely meant. */
  suggest(name: string): string | undefined;
  describe(): readonly TaskDescription[];
}

/** A library of these tasks; RTL_PARAMS_INVALID when two claim one name. */
export function createLibrary(tasks: readonly TaskDefinition[]): TaskLibrary {
  const byName = new Map<string, TaskDefinition>();
  for (const task of tasks) {
    for (const name of spellingsOf(task)) {
      const other = byName.get(name);
      if (other !== undefined && other !== task) {
        const both = `${other.name} and ${task.name}`;
        throw new RtlError("RTL_PARAMS_INVALID", `two tasks answer to "${name}": ${both}`);
      }
      byName.set(name, task);
    }
  }
  const find = (name: string) => byName.get(name.replace(/^task_/, "")) ?? byName.get(name);
  return {
    tasks,
    find,
    suggest(name) {
      const near = nearest(name.replace(/^task_/, ""), byName.keys());
      return near === undefined ? undefined : byName.get(near)?.name;
    },
    describe: () => tasks.map(describeTask),
  };
}

/** All spellings under which a task may be asked for, without the `task_` forms. */
export function spellingsOf(task: Pick<TaskDefinition, "name" | "aliases">): readonly string[] {
  const names = [task.name, ...(task.aliases ?? [])];
  return [...new Set([...names, ...names.map(snakeCase)])];
}

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter, at) => (at === 0 ? "" : "_") + letter.toLowerCase());

function describeTask(task: TaskDefinition): TaskDescription {
  return {
    name: task.name,
    aliases: task.aliases ?? [],
    summary: task.summary,
    ...(task.description !== undefined && { description: task.description }),
    shape: task.shape,
    params: z.toJSONSchema(task.params, { io: "input", unrepresentable: "any" }),
    example: task.example,
    deterministic: task.deterministic ?? true,
  };
}
