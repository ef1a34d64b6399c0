/** Expressions, casts and missing values against what numpy and pandas make of the same tables. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromJson } from "../../../src/table/json.ts";
import { withColumns } from "../../../src/table/table.ts";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { findTask } from "../../../src/task/run-calls.ts";
import { projectPath } from "../../support/project.ts";
import { chunkedTableOf, tableOf } from "../../support/run-task.ts";

interface Reference {
  readonly task: string;
  readonly name: string;
  readonly params: unknown;
  readonly input: string;
  /** The whole result, or the columns that are added. */
  readonly expect?: unknown;
  readonly added?: unknown;
  readonly relative: number;
}
interface References {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly cases: readonly Reference[];
}
const file = projectPath("test", "vectors", "reference", "tables.json");
const { inputs, cases }: References = JSON.parse(readFileSync(file, "utf8"));
const { library } = await loadLibrary([projectPath("dist", "tasks")]);

for (const task of new Set(cases.map((one) => one.task))) {
  test(`${task} gives what numpy and pandas give, whole and in chunks`, async () => {
    const own = cases.filter((one) => one.task === task);
    assert.ok(own.length > 0);
    for (const { name, params, input, relative, ...result } of own) {
      const given = tableFromJson(inputs[input]);
      const wanted =
        result.added === undefined
          ? tableFromJson(result.expect)
          : withColumns(given, tableFromJson(result.added).columns);
      const definition = findTask(library, task);
      const whole = await tableOf(definition, params, given);
      assert.equal(tableDifference(wanted, whole, { relative }), undefined, name);
      const parts = await chunkedTableOf(definition, params, given, [7, 20, 41]);
      assert.equal(tableDifference(wanted, parts, { relative }), undefined, `${name} in chunks`);
    }
  });
}
