// The command of the chaos suite on a copy of its scripts, in a project with tests of its own.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isAlive } from "../../../src/host/process-alive.ts";
import { scriptProject } from "../../support/script-project.ts";
import { waitUntil } from "../../support/wait-until.ts";

const reporting = (fault: string, more: object = {}) => {
  const counts = { lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 };
  const report = { fault, injected: 300, jobs: 1, chunks: 1, ...counts, ...more };
  return `import { appendFileSync } from "node:fs";
    import { test } from "node:test";
    test("one", () => {
      const { RTL_CHAOS, RTL_SEED, RTL_CHAOS_REPORT, RTL_LEASE_MS } = process.env;
      console.log("saw", RTL_CHAOS, RTL_SEED, RTL_LEASE_MS);
      appendFileSync(RTL_CHAOS_REPORT, ${JSON.stringify(JSON.stringify(report))} + "\\n");
    });`;
};
const sim = "console.log(process.argv.slice(2).join());";
const run = ["scripts/chaos.mjs"];

function project(t: TestContext, tests: Record<string, string>) {
  const named = Object.entries(tests).map(([name, text]) => [`test/chaos/${name}.test.js`, text]);
  return scriptProject(t, { ...Object.fromEntries(named), "test/sim/main.js": sim });
}

test("all tests run in long form, the simulator too, and the table adds them up", async (t) => {
  const { start } = project(t, { a: reporting("fire"), b: reporting("flood") });
  const { code, stdout, stderr } = await start("node", run).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /--- a\n[\s\S]*saw long undefined undefined[\s\S]*--- b\n[\s\S]*--- sim\n--seeds,20000/,
  );
  assert.match(stdout, /\nfire +300 [\s\S]*\nflood +300 [\s\S]*\nall on real processes +600 /);
  assert.match(stdout, /faults injected into real processes +≥ 500 +600 +yes/);
});

test("some can be chosen by name, and chance can be repeated", async (t) => {
  const { start } = project(t, { a: reporting("fire"), b: reporting("flood") });
  const { code, stdout } = await start("node", [...run, "b", "--seed", "17"]).ended;
  assert.equal(code, 0);
  assert.match(stdout, /saw long 17 undefined/);
  assert.doesNotMatch(stdout, /fire|--seeds/);
  const unknown = await start("node", [...run, "c"]).ended;
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /no chaos test is named c; there are a, b, sim/);
  const wrong = await start("node", [...run, "--seed", "x"]).ended;
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /--seed x: expected a whole number/);
});

test("what is lost, and a test that fails without a word, fail the run", async (t) => {
  const lost = project(t, { a: reporting("fire", { lost: 1 }) });
  assert.equal((await lost.start("node", [...run, "a"]).ended).code, 1);
  const crashed = await project(t, { a: "process.exit(7);" }).start("node", [...run, "a"]).ended;
  assert.equal(crashed.code, 1);
  assert.match(crashed.stderr, /failed: a\n/);
});

test("the table of the page is renewed when asked for, and not otherwise", async (t) => {
  const text = "# Page\n<!-- chaos -->\n<!-- /chaos -->\n";
  const docs = scriptProject(t, {
    "../docs/reliability.md": text,
    "test/chaos/a.test.js": reporting("fire"),
  });
  const file = join(docs.folder, "docs", "reliability.md");
  await docs.start("node", [...run, "a"]).ended;
  assert.equal(readFileSync(file, "utf8"), text);
  assert.equal((await docs.start("node", [...run, "a", "--write"]).ended).code, 0);
  assert.match(readFileSync(file, "utf8"), /\| fire \| 300 \|/);
});

test("a run that is interrupted ends every process it started", async (t) => {
  const hanging = `
    import { spawn } from "node:child_process";
    import { writeFileSync } from "node:fs";
    const child = spawn("sleep", ["1000"], { stdio: "ignore" });
    writeFileSync("pids", [process.pid, child.pid].join());
    process.on("SIGTERM", () => {});
    setInterval(() => {}, 1_000);`;
  const { folder, start } = project(t, { a: hanging });
  const file = join(folder, "pids");
  const { child, ended } = start("node", run);
  await waitUntil(() => existsSync(file) && readFileSync(file, "utf8").includes(","), "no start");
  child.kill("SIGINT");
  assert.equal((await ended).code, 1);
  for (const pid of readFileSync(file, "utf8").split(",").map(Number)) {
    await waitUntil(() => !isAlive(pid), `process ${pid} is still running`);
  }
});
