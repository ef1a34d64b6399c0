import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromJson } from "../../../src/table/json.ts";
import { defaultTable } from "../../../src/table/table.ts";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { type Call, runCalls } from "../../../src/task/run-calls.ts";
import { projectPath } from "../../support/project.ts";
import { filesOf } from "../../support/run-task.ts";

interface Demo {
  readonly dsdsl: Stages;
  readonly dsdslTaskPrefixForm: Stages;
  readonly rowsAfterEachFilter: readonly number[];
  readonly expect: unknown;
}
type Stages = Record<string, { readonly tasks: Record<string, unknown> }>;

const demo = JSON.parse(
  readFileSync(projectPath("examples", "data", "demo", "expected.json"), "utf8"),
) as Demo;

async function runStages(stages: Stages) {
  const { library } = await loadLibrary([projectPath("dist", "tasks")]);
  const around = {
    signal: new AbortController().signal,
    isCancelled: () => false,
    range: undefined,
    files: filesOf(projectPath("examples", "data")),
  };
  const calls = Object.values(stages).flatMap(({ tasks }) =>
    Object.entries(tasks).map(([task, params]): Call => ({ task, params, part: "run" })),
  );
  return runCalls(calls, defaultTable(), library, () => around);
}

for (const form of ["dsdsl", "dsdslTaskPrefixForm"] as const) {
  test(`the demo pipeline gives its expected table and log (${form})`, async () => {
    const { table, reports } = await runStages(demo[form]);
    assert.equal(tableDifference(tableFromJson(demo.expect), table, { relative: 1e-9 }), undefined);
    assert.deepEqual(
      reports.flatMap(({ tallies }) => tallies.map(({ count }) => count)),
      demo.rowsAfterEachFilter,
    );
    assert.equal(reports.flatMap(({ lines }) => lines).length, 4);
  });
}

test("the example document is the demo pipeline", () => {
  const document: unknown = parse(readFileSync(projectPath("examples", "demo.yaml"), "utf8"));
  assert.deepEqual(document, demo.dsdsl);
});
