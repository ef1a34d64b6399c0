// The test command on a copy of its scripts, in a project with tests of its own.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isAlive } from "../../../src/host/process-alive.ts";
import { scriptProject } from "../../support/script-project.ts";
import { waitUntil } from "../../support/wait-until.ts";

const passing = 'import { test } from "node:test"; test("a", () => {}); test("b", () => {});';
const failing = 'import { test } from "node:test"; test("c", () => { throw new Error("no"); });';
const skipping = 'import { test } from "node:test"; test("d", { skip: true }, () => {});';
const crashing = "process.exit(7);";

function project(t: TestContext, tests: Record<string, string>) {
  const named = Object.entries(tests).map(([name, text]) => [`test/${name}.test.js`, text]);
  return scriptProject(t, Object.fromEntries(named));
}

test("the last line counts what passed, over all suites", async (t) => {
  const { start } = project(t, {
    "unit/a": passing,
    "integration/deep/b": passing,
    "sim/c": passing,
  });
  const { code, last, stderr } = await start("node", ["scripts/test.mjs"]).ended;
  assert.deepEqual([code, last, stderr], [0, "6 passed, 0 failed", ""]);
});

test("a suite, a folder or a file can be chosen", async (t) => {
  const { start } = project(t, { "unit/x/a": passing, "unit/b": failing, "sim/c": failing });
  for (const name of ["unit/x", "unit/x/a", "test/unit/x/a.test.ts"]) {
    const { code, last } = await start("node", ["scripts/test.mjs", name]).ended;
    assert.deepEqual([code, last], [0, "2 passed, 0 failed"], name);
  }
  const { code, stderr } = await start("node", ["scripts/test.mjs", "unit/nothing"]).ended;
  assert.equal(code, 2);
  assert.match(stderr, /no test is named unit\/nothing; suites are unit, sim/);
});

test("a failed, a skipped and a crashed test fail the run", async (t) => {
  for (const [text, line] of Object.entries({
    [failing]: "2 passed, 1 failed",
    [skipping]: "2 passed, 1 failed",
    [crashing]: "2 passed, 1 failed",
  })) {
    const { start } = project(t, { "unit/a": passing, "unit/b": text });
    const { code, last } = await start("node", ["scripts/test.mjs"]).ended;
    assert.deepEqual([code, last], [1, line], text);
  }
});

test("the run of continuous integration passes on the code and ends with the count", async (t) => {
  const good = await project(t, { "unit/a": passing }).start(".ci/run", []).ended;
  assert.deepEqual([good.code, good.last], [0, "2 passed, 0 failed"], good.stderr);
  const bad = await project(t, { "unit/a": passing, "sim/b": failing }).start(".ci/run", []).ended;
  assert.deepEqual([bad.code, bad.last], [1, "2 passed, 1 failed"], bad.stderr);
});

test("a run that is interrupted ends every process it started", async (t) => {
  const hanging = `
    import { spawn } from "node:child_process";
    import { writeFileSync } from "node:fs";
    import { test } from "node:test";
    test("hangs", async () => {
      const child = spawn("sleep", ["1000"], { stdio: "ignore" });
      writeFileSync("pids", [process.pid, child.pid].join());
      process.on("SIGTERM", () => {});
      await new Promise((resolve) => setTimeout(resolve, 1_000_000));
    });`;
  const { folder, start } = project(t, { "unit/a": hanging });
  const file = join(folder, "pids");
  const { child, ended } = start("node", ["scripts/test.mjs"]);
  await waitUntil(() => existsSync(file) && readFileSync(file, "utf8").includes(","), "no start");
  child.kill("SIGINT");
  const { code, last } = await ended;
  assert.notEqual(code, 0);
  assert.match(last ?? "", /^\d+ passed, [1-9]\d* failed$/);
  for (const pid of readFileSync(file, "utf8").split(",").map(Number)) {
    await waitUntil(() => !isAlive(pid), `process ${pid} is still running`);
  }
});
