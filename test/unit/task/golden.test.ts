import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
import { tempFolder } from "../../support/temp-folder.ts";

test("every golden case of the tasks in the bundle holds", async () => {
  const { library, problems } = await loadLibrary([projectPath("dist", "tasks")]);
  assert.deepEqual(problems, []);
  const folder = projectPath("test", "vectors");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const paths = files.map((name) => join(folder, name));
  const { passed, failed, skipped } = await runGoldenFiles(paths, library);
  assert.deepEqual(failed, []);
  assert.equal(passed, 187);
  assert.deepEqual(skipped, ["byte-services.json"], "these are of services, not of tasks");
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

test("plots that a case names must be sent, with their numbers", async () => {
  const draw = defineTask({
    name: "increment",
    summary: "test",
    shape: "map",
    params: z.strictObject({ y: z.number() }),
    example: { y: 1 },
    run(table, { y }, context) {
      const draws = [{ type: "line" as const, x: [1, Number.NaN], y: [y, null], series: null }];
      context.plot({ name: "p", draws, xAxis: "a", yAxis: "a", scale: "linear" });
      return table;
    },
  });
  const input = { rows: 1, columns: { a: { dtype: "<i8", values: [1] } } };
  const draws = [{ type: "line", x: [1, "NaN"], y: [2, null], series: null }];
  const queued = [{ name: "p", draws, xAxis: "a", yAxis: "a", scale: "linear" }];
  const why = (y: number) =>
    runGoldenCase(golden({ y }, input, { queued }), createLibrary([draw]), projectPath("test"));
  assert.equal(await why(2), undefined);
  assert.match((await why(3)) ?? "", /its plots are/);
});

test("a file about other things is left out by name, and one without any cases is refused", async (t) => {
  const folder = tempFolder(t);
  const fileOf = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(value));
    return join(folder, name);
  };
  const other = fileOf("other.json", { about: "a service", cases: [{ what: "entropy" }] });
  assert.deepEqual(await runGoldenFiles([other], library), {
    passed: 0,
    failed: [],
    skipped: ["other.json"],
  });
  for (const value of [{}, [{ task: "add" }], { about: "tasks", cases: [golden({}, "error")] }]) {
    const wrong = fileOf("wrong.json", value);
    await assert.rejects(runGoldenFiles([wrong], library), { code: "RTL_FILE_INVALID" });
  }
});
