// What the command line says of itself, and what it answers to words it does not know.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorKinds } from "../../src/protocol/errors.ts";
import { cliEnvironment, cliMain, projectRoot, runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const packageJson = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));

test("the bare command says what it is, three first steps, and where help is", async () => {
  const { exit, stdout, stderr } = await runCli([]);
  assert.equal(exit, 0);
  assert.equal(stderr, "");
  assert.match(stdout, /^rtl runs jobs/);
  assert.equal(stdout.match(/^ {2}\$ rtl (start|run|task ls)\b/gm)?.length, 3);
  assert.match(stdout, /rtl COMMAND --help/);
  for (const word of ["run", "validate", "schema", "start", "stop", "status", "job", "task"]) {
    assert.match(stdout, new RegExp(`^ {2}${word} `, "m"));
  }
});

test("a bare topic lists its commands", async () => {
  const job = await runCli(["job"]);
  assert.equal(job.exit, 0);
  for (const verb of ["submit", "watch", "status", "ls", "result", "cancel"]) {
    assert.match(job.stdout, new RegExp(`job ${verb} `));
  }
  const task = await runCli(["task"]);
  assert.equal(task.exit, 0);
  for (const verb of ["ls", "describe", "run", "test"]) {
    assert.match(task.stdout, new RegExp(`task ${verb} `));
  }
});

test("every command has a summary and an example, and its help works", async () => {
  const manifest = JSON.parse(readFileSync(join(projectRoot, "oclif.manifest.json"), "utf8"));
  const commands: { id: string; summary?: string; examples?: string[] }[] = Object.values(
    manifest.commands,
  );
  assert.ok(commands.length >= 15);
  for (const { id, summary, examples } of commands) {
    assert.ok(summary, `${id} has no summary`);
    assert.match(summary, /^[a-z].*[^.]$/, `${id}: lower case, no stop`);
    assert.ok(examples?.length, `${id} has no example`);
  }
  const { exit, stdout } = await runCli(["job", "submit", "--help"]);
  assert.equal(exit, 0);
  assert.match(stdout, /rtl job submit FILE/);
  assert.match(stdout, /--dry-run/);
  assert.match(stdout, /NATS_URL/);
});

test("the version is printed without loading anything", (t) => {
  // A copy without its neighbours and without node_modules: any import beyond Node's own would fail.
  const folder = tempFolder(t);
  mkdirSync(join(folder, "dist/cli"), { recursive: true });
  cpSync(cliMain, join(folder, "dist/cli/main.js"));
  cpSync(join(projectRoot, "package.json"), join(folder, "package.json"));
  for (const flag of ["--version", "-v"]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(folder, "dist/cli/main.js"), flag],
      { encoding: "utf8", env: cliEnvironment() },
    );
    assert.equal(stderr, "");
    assert.equal(status, 0);
    const platform = `${process.platform}-${process.arch}`;
    assert.equal(stdout, `rtl/${packageJson.version} ${platform} node-${process.version}\n`);
  }
});

test("a misspelt command is answered with the nearest one and exit code 2", async () => {
  const { exit, stdout, stderr } = await runCli(["job", "submti", "job.yaml"]);
  assert.equal(exit, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: there is no command "rtl job submti/);
  assert.match(stderr, /^Fix: did you mean: rtl job submit$/m);
  assert.equal((await runCli(["valdate"])).exit, 2);
  assert.match((await runCli(["valdate"])).stderr, /did you mean: rtl validate/);
  assert.match((await runCli(["help", "job", "wach"])).stderr, /did you mean: rtl job watch/);
  const json = await runCli(["jbo", "--json"]);
  assert.equal(JSON.parse(json.stdout).error.code, "RTL_USAGE_INVALID");
});

test("a misspelt flag is answered with the nearest one and exit code 2", async () => {
  const { exit, stderr } = await runCli(["run", "job.yaml", "--timout", "3s"]);
  assert.equal(exit, 2);
  assert.match(stderr, /^Error: there is no flag --timout\nFix: did you mean --timeout\?/);
});

test("wrong flags and arguments end with 2, and with JSON when that is asked for", async () => {
  const cases = [
    ["job", "watch"],
    ["job", "ls", "--limit", "many"],
    ["job", "ls", "--state", "asleep"],
    ["run", "job.yaml", "--timeout", "5"],
    ["run", "job.yaml", "--quiet", "--verbose"],
    ["run", "job.yaml", "--cancel-on-timeout"],
    ["job", "cancel", "j", "--force", "--grace", "3s"],
    ["job", "status", "a", "b"],
    ["schema", "extra"],
  ];
  for (const args of cases) {
    const { exit, stdout, stderr } = await runCli(args);
    assert.equal(exit, 2, args.join(" "));
    assert.equal(stdout, "", args.join(" "));
    assert.match(stderr, /^Error: [a-z"-].*\nFix: \S/s, args.join(" "));
    assert.doesNotMatch(stderr, /^ {4}at /m, args.join(" "));
  }
  const { exit, stdout, stderr } = await runCli(["job", "ls", "--limit", "many", "--json"]);
  assert.equal(exit, 2);
  assert.equal(stderr, "");
  const { error } = JSON.parse(stdout);
  assert.equal(error.code, "RTL_USAGE_INVALID");
  assert.equal(error.exit, 2);
  assert.equal(typeof error.fix, "string");
});

test("the exit codes are printed from the table of errors, by the command and by its help", async () => {
  const { exit, stdout } = await runCli(["exit-codes"]);
  assert.equal(exit, 0);
  for (const [code, kind] of Object.entries(errorKinds)) {
    assert.ok(stdout.includes(`${code}: ${kind.summary}`), code);
  }
  assert.equal((await runCli(["help", "exit-codes"])).stdout, stdout);
  const listed: { exit: number; codes: string[] }[] = JSON.parse(
    (await runCli(["exit-codes", "--json"])).stdout,
  );
  for (const [code, { exitCode }] of Object.entries(errorKinds)) {
    const line = listed.find(({ codes }) => codes.includes(code));
    assert.equal(line?.exit, exitCode, code);
  }
});
