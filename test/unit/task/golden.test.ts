import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { RtlError } from "../../../src/protocol/errors.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { withColumns } from "../../../src/table/table.ts";
import { defineTask } from "../../../src/task/define-task.ts";
import { type GoldenCase, runGoldenCase, runGoldenFiles } from "../../../src/task/golden.ts";
import { createLibrary } from "../../../src/task/library.ts";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { projectPath } from "../../support/project.ts";

const own = [
  "add",
  "aggregate",
  "average",
  "crossAverage",
  "crossMax",
  "divide",
  "filterRows",
  "log",
  "multiply",
  "normalize",
  "null",
  "open",
  "openArray",
  "power",
  "squareRoot",
  "subtract",
];

test("every golden case of the tasks in the bundle holds", async () => {
  const { library, problems } = await loadLibrary([projectPath("dist", "tasks")]);
  assert.deepEqual(problems, []);
  const files = own.map((name) => projectPath("test", "vectors", `${name}.json`));
  const { passed, failed } = await runGoldenFiles(files, library);
  assert.deepEqual(failed, []);
  assert.ok(passed >= 90, `only ${passed} cases were found`);
});

const increment = defineTask({
  name: "increment",
  summary: "test",
  shape: "map",
  params: z.strictObject({ by: z.number() }),
  example: { by: 1 },
  run(table, { by }, { files }) {
    if (by === 0) throw new Error("unclear");
    if (by < 0) throw new RtlError("RTL_PARAMS_INVALID", "by is negative");
    files.write("files/write/new.bin", [Uint8Array.of(by)]);
    return withColumns(table, [numericColumn("b", Float64Array.of(by + 1e-10))]);
  },
});
const library = createLibrary([increment]);
const golden = (params: unknown, expect: unknown, more: object = {}): GoldenCase => ({
  task: "increment",
  name: "case",
  params,
  input: { rows: 1, columns: { a: { dtype: "<i8", values: [1] } } },
  expect,
  ...more,
});
const result = (b: number, dtype = "<f8") => ({
  rows: 1,
  columns: { a: { dtype: "<i8", values: [1] }, b: { dtype, values: [b] } },
});
const run = (wanted: GoldenCase) => runGoldenCase(wanted, library, projectPath("test", "vectors"));

test("a case fails when a value, a dtype or an expected error is missing", async () => {
  assert.equal(await run(golden({ by: 1 }, result(1 + 1e-10))), undefined);
  assert.match((await run(golden({ by: 1 }, result(1)))) ?? "", /column "b", row 0/);
  assert.match((await run(golden({ by: 1 }, result(1, "<i8")))) ?? "", /is <i8 and <f8/);
  assert.match((await run(golden({ by: 1 }, "error"))) ?? "", /an error is expected/);
  assert.equal(await run(golden({ by: -1 }, "error")), undefined);
  assert.match((await run(golden({ by: -1 }, result(1)))) ?? "", /RTL_PARAMS_INVALID/);
});

test("an error that only says that a task threw is no clear error", async () => {
  await assert.rejects(run(golden({ by: 0 }, "error")), { code: "RTL_TASK_FAILED" });
});

test("files that a case must write are compared, and are not left in the folder", async () => {
  const params = { by: 7 };
  const expected = result(7 + 1e-10);
  const written = (base64: string) => ({
    params,
    filesWritten: { "files/write/new.bin": { base64 } },
  });
  assert.equal(await run(golden(params, expected, written("Bw=="))), undefined);
  assert.match((await run(golden(params, expected, written("CA==")))) ?? "", /is Bw== instead of/);
});
