/** The golden cases of a task as tables, for tests that run them in other ways than whole. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Tolerance, tableDifference } from "../../src/table/compare.ts";
import { tableFromJson } from "../../src/table/json.ts";
import type { Table } from "../../src/table/table.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import { projectPath } from "./project.ts";
import { chunkedTableOf, tableOf } from "./run-task.ts";

export interface VectorCase {
  readonly name: string;
  readonly params: unknown;
  readonly input: Table;
  /** Undefined where the task must fail. */
  readonly expect: Table | undefined;
}

/** The cases of `test/vectors/<task>.json`. */
export function vectorCases(task: string): readonly VectorCase[] {
  const text = readFileSync(projectPath("test", "vectors", `${task}.json`), "utf8");
  const cases: unknown = JSON.parse(text);
  assert.ok(Array.isArray(cases) && cases.length > 0);
  return cases.map((given: Record<string, unknown>) => ({
    name: String(given["name"]),
    params: given["params"],
    input: tableFromJson(given["input"]),
    expect: given["expect"] === "error" ? undefined : tableFromJson(given["expect"]),
  }));
}

/** Runs the cases on whole tables and on tables in chunks, one of which is empty. */
export async function checkVectors<P, S>(
  task: TaskDefinition<P, S>,
  tolerance: Tolerance = {},
): Promise<void> {
  for (const { name, params, input, expect } of vectorCases(task.name)) {
    const ways = [
      () => tableOf(task, params, input),
      () => chunkedTableOf(task, params, input, [0, 1, 3, 400]),
    ];
    for (const run of ways) {
      if (expect === undefined) await assert.rejects(run(), { code: /^RTL_/ }, name);
      else assert.equal(tableDifference(expect, await run(), tolerance), undefined, name);
    }
  }
}

export interface ReferenceCase {
  readonly params: unknown;
  readonly expect: Table;
}

interface Reference {
  readonly input: unknown;
  readonly cases: readonly { task: string; params: unknown; expect: unknown }[];
  readonly join: {
    readonly left: unknown;
    readonly right: unknown;
    readonly cases: readonly { on: unknown; how: string; expect: unknown }[];
  };
}

const readReference = (): Reference =>
  JSON.parse(
    readFileSync(projectPath("test", "vectors", "reference", "order.json"), "utf8"),
  ) as Reference;

/** What pandas makes of one table; see test/vectors/scripts/make_order.py. */
export function orderReference(wanted: string): {
  readonly input: Table;
  readonly cases: readonly ReferenceCase[];
} {
  const { input, cases } = readReference();
  const own = cases.filter(({ task }) => task === wanted);
  assert.ok(own.length > 0);
  return {
    input: tableFromJson(input),
    cases: own.map(({ params, expect }) => ({ params, expect: tableFromJson(expect) })),
  };
}

/** How pandas joins two tables. */
export function joinReference(): {
  readonly inputs: readonly Table[];
  readonly cases: readonly ReferenceCase[];
} {
  const { left, right, cases } = readReference().join;
  return {
    inputs: [left, right].map(tableFromJson),
    cases: cases.map(({ on, how, expect }) => ({
      params: { on, how },
      expect: tableFromJson(expect),
    })),
  };
}
