/** What the tests of aggregate, crossAverage and crossMax have in common. */
import type { TestContext } from "node:test";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import { checkCuts, checkRefused, madeOf, numericTables } from "./elementwise.ts";

const operation = (columns: unknown, column = "m") => ({ columns, column });

/** The new column of one operation over all of these columns. */
export async function across(
  task: TaskDefinition,
  given: Parameters<typeof madeOf>[2],
): Promise<readonly unknown[] | undefined> {
  const operations = [operation(Object.keys(given))];
  return (await madeOf(task, { operations }, given))["m"];
}

/** Chunks give what the whole gives, also where an operation reads what one before it made. */
export const checkAcrossCuts = (t: TestContext, task: TaskDefinition): Promise<void> =>
  checkCuts(
    t,
    task,
    { operations: [operation(["a", "b", "c"]), operation(["m", "b"], "n")] },
    numericTables("a", "b", "c"),
  );

export const checkAcrossRefusals = (task: TaskDefinition): Promise<void> =>
  checkRefused(task, [
    ["RTL_COLUMN_UNKNOWN", { operations: [operation(["a", "missing"])] }],
    ["RTL_TABLE_INVALID", { operations: [operation(["a", "t"])] }],
    ["RTL_TABLE_INVALID", { operations: [operation(["a"], "t")] }],
    ["RTL_PARAMS_INVALID", { operations: [operation("a")] }],
    ["RTL_PARAMS_INVALID", { operations: [operation([])] }],
    ["RTL_PARAMS_INVALID", {}],
  ]);
