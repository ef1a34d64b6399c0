// Tasks without a bus: listed, explained, run on one table, held against golden cases.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot, runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const addition = JSON.stringify({ operations: [{ a: "x", b: 2, column: "y" }] });
const table = JSON.stringify({
  rows: 3,
  columns: { x: { dtype: "<f8", values: [1, 2.5, "NaN"] } },
});

test("the local library is listed and explained", async () => {
  const { exit, stdout } = await runCli(["task", "ls"]);
  assert.equal(exit, 0);
  assert.match(stdout, /^TASK +SHAPE +DOES\n/);
  assert.match(stdout, /^filterRows +map +/m);
  const names = await runCli(["task", "ls", "-o", "name"]);
  assert.ok(names.stdout.split("\n").includes("openArray"));
  for (const name of ["filterRows", "task_filter_rows", "filter_rows"]) {
    const { exit, stdout } = await runCli(["task", "describe", name]);
    assert.equal(exit, 0, name);
    assert.match(stdout, /operations: list of object, required/);
    assert.match(stdout, /\{"filterRows":/);
  }
  const json = JSON.parse((await runCli(["task", "describe", "add", "--json"])).stdout);
  assert.equal(json.params.type, "object");
});

test("a task that does not exist is answered with the nearest one", async () => {
  const { exit, stderr } = await runCli(["task", "describe", "filterRow"]);
  assert.equal(exit, 66);
  assert.match(stderr, /Fix: did you mean: rtl task describe filterRows/);
  const run = await runCli(["task", "run", "ad"]);
  assert.equal(run.exit, 66);
  assert.match(run.stderr, /did you mean "add"/);
});

test("one task runs on a JSON table and prints one", async () => {
  const { exit, stdout, stderr } = await runCli(
    ["task", "run", "add", "--params", addition, "--input", "-"],
    { input: table },
  );
  assert.equal(stderr, "");
  assert.equal(exit, 0);
  assert.deepEqual(JSON.parse(stdout), {
    rows: 3,
    columns: {
      x: { dtype: "<f8", values: [1, 2.5, "NaN"] },
      y: { dtype: "<f8", values: [3, 4.5, "NaN"] },
    },
  });
});

test("parameters come from a file, results go to files of every form and back", async (t) => {
  const folder = tempFolder(t);
  const params = join(folder, "params.json");
  writeFileSync(params, addition);
  writeFileSync(join(folder, "in.json"), table);
  const run = async (input: string, out: string) => {
    const args = ["--params", `@${params}`, "--input", join(folder, input)];
    const result = await runCli(["task", "run", "add", ...args, "--out", join(folder, out)]);
    assert.deepEqual(result, { exit: 0, stdout: "", stderr: "" });
    return readFileSync(join(folder, out), "utf8");
  };
  assert.equal(await run("in.json", "out.csv"), "x,y\n1,3\n2.5,4.5\nNaN,NaN\n");
  assert.equal(
    await run("in.json", "out.ndjson"),
    '{"x":1,"y":3}\n{"x":2.5,"y":4.5}\n{"x":"NaN","y":"NaN"}\n',
  );
  const json = await run("in.json", "out.json");
  await run("in.json", "out.arrow");
  const back = await runCli(["task", "run", "null", "--input", join(folder, "out.arrow")]);
  assert.equal(back.stdout, json);
  assert.match(await run("in.json", "out.txt"), /\(3 rows\)\n$/);
  assert.ok(!readdirSync(folder).some((name) => name.endsWith(".part")));
});

test("a task reads data files below the data root only, and its lines go to stderr", async () => {
  const params = JSON.stringify({
    path: "demo",
    filename: "jobs50k",
    extension: "csv",
    delimiter: ",",
  });
  const open = ["task", "run", "openArray", "--params", params];
  const { exit, stdout } = await runCli([...open, "--data-root", "examples/data"]);
  assert.equal(exit, 0);
  assert.equal(JSON.parse(stdout).rows, 50_000);
  const elsewhere = await runCli(open, { cwd: join(projectRoot, "src") });
  assert.equal(elsewhere.exit, 66);
  assert.match(elsewhere.stderr, /^Error: /);
  const filter = await runCli(
    [
      "task",
      "run",
      "filterRows",
      "--params",
      '{"operations":[{"column":"x","method":">","value":1}]}',
      "--input",
      "-",
    ],
    { input: table },
  );
  assert.match(filter.stderr, /=> Filtered Results: \(1,\)/);
  assert.equal(JSON.parse(filter.stdout).rows, 1);
});

test("wrong parameters, tables and files are refused with what to do", async () => {
  const exitOf = async (...args: string[]) => {
    const result = await runCli(["task", "run", ...args], { input: "{" });
    assert.match(result.stderr, /^Error: /);
    assert.doesNotMatch(result.stderr, /RTL_INTERNAL|fault in rtl/);
    return result.exit;
  };
  assert.equal(await exitOf("add", "--params", "{}"), 65);
  assert.equal(await exitOf("add", "--params", "{"), 65);
  assert.equal(await exitOf("add", "--params", "@/nonexistent.json"), 66);
  assert.equal(await exitOf("add", "--params", addition, "--input", "-"), 65);
  assert.equal(await exitOf("add", "--params", addition), 65);
  assert.equal(await exitOf("add", "--params", addition, "--out", "/nonexistent/x.csv"), 73);
});

test("golden cases pass, and a wrong expectation fails with its name and reason", async (t) => {
  const { exit, stdout } = await runCli([
    "task",
    "test",
    "test/vectors/add.json",
    "test/vectors/openArray.json",
  ]);
  assert.match(stdout, /^\d+ passed, 0 failed\n$/);
  assert.equal(exit, 0);
  const file = join(tempFolder(t), "own.json");
  const input = JSON.parse(table);
  writeFileSync(
    file,
    JSON.stringify([
      { task: "null", name: "kept", params: {}, input, expect: input },
      { task: "null", name: "changed", params: {}, input, expect: { rows: 0, columns: {} } },
      { task: "null", name: "must-fail", params: {}, input, expect: "error" },
    ]),
  );
  const own = await runCli(["task", "test", file]);
  assert.equal(own.exit, 1);
  assert.ok(own.stdout.includes(`${file}: null/changed: `));
  assert.ok(own.stdout.includes(`${file}: null/must-fail: `));
  assert.ok(own.stdout.endsWith("1 passed, 2 failed\n"));
  const json = JSON.parse((await runCli(["task", "test", file, "--json"])).stdout);
  assert.equal(json.passed, 1);
  assert.equal(json.failed.length, 2);
});

test("files that hold no golden cases are refused", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "text.json"), "not JSON");
  writeFileSync(join(folder, "other.json"), '{"a": 1}');
  assert.equal((await runCli(["task", "test", join(folder, "text.json")])).exit, 65);
  assert.equal((await runCli(["task", "test", join(folder, "other.json")])).exit, 65);
  assert.equal((await runCli(["task", "test", join(folder, "gone.json")])).exit, 66);
});

test("a user's task file is a task, and a broken one beside it is only told of", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "broken.mjs"), "throw new Error('no such luck');");
  const own = `import { defineTask, z } from "${join(projectRoot, "dist/src/task/index.js")}";
    export default defineTask({ name: "mine", summary: "hand on", shape: "map",
      params: z.object({}), example: {}, run: (table) => table });`;
  writeFileSync(join(folder, "mine.mjs"), own);
  const { exit, stdout, stderr } = await runCli(
    ["task", "run", "mine", "--tasks", folder, "--input", "-"],
    { input: table },
  );
  assert.equal(exit, 0);
  assert.deepEqual(JSON.parse(stdout), JSON.parse(table));
  assert.match(stderr, /broken\.mjs: .*no such luck/);
});
