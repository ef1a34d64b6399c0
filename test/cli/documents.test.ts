// Job documents on the command line: validated, refused with their lines, read from anywhere.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const faulty = `version: 1
stages:
  load: {tasks: [{null: {}}]}
  keep:
    neds: [load]
    tasks: [{null: {}}]
`;

test("a valid document is valid, and a list of them as well", async () => {
  const { exit, stdout, stderr } = await runCli(["validate", "examples/demo.yaml"]);
  assert.deepEqual({ exit, stdout }, { exit: 0, stdout: "" });
  assert.match(stderr, /examples\/demo\.yaml is valid: 2 stages/);
  const json = await runCli(["validate", "examples/demo.yaml", "--json"]);
  assert.deepEqual(JSON.parse(json.stdout), {
    file: "examples/demo.yaml",
    valid: true,
    stages: 2,
  });
});

test("a fault is shown with file, line, column, source line and caret", async (t) => {
  const file = join(tempFolder(t), "bad.yaml");
  writeFileSync(file, faulty);
  const { exit, stdout, stderr } = await runCli(["validate", file]);
  assert.equal(exit, 65);
  assert.equal(stdout, "");
  assert.ok(stderr.includes(`${file}:5:5: stages.keep: unknown key "neds"`), stderr);
  assert.match(stderr, /did you mean "needs"\?/);
  assert.match(stderr, /^ +5 \| {5}neds: \[load\]\n +\| {5}\^$/m);
});

test("several documents are all checked; the worst one decides", async (t) => {
  const file = join(tempFolder(t), "bad.yaml");
  writeFileSync(file, faulty);
  const missing = `${file}.gone`;
  const { exit, stderr } = await runCli(["validate", missing, file, "examples/demo.yaml"]);
  assert.equal(exit, 66);
  assert.match(stderr, /there is no file/);
  assert.match(stderr, /unknown key "neds"/);
  assert.match(stderr, /demo\.yaml is valid/);
});

test("tasks and parameters are looked up in the local library", async () => {
  const input = "{0: {tasks: {task_null: {}, filterRow: {}, add: {operatoins: []}}}}";
  const loose = await runCli(["validate", "-"], { input });
  assert.equal(loose.exit, 65);
  assert.match(
    loose.stderr,
    /standard input:1:50: stages\.0\.tasks\[2\]\.add: unknown key "operatoins"/,
  );
  assert.match(loose.stderr, /did you mean "operations"/);
  const strict = await runCli(["validate", "-", "--strict", "--json"], { input });
  assert.equal(strict.exit, 65);
  const { problems } = JSON.parse(strict.stdout).error;
  assert.ok(
    problems.some(({ message }: { message: string }) => /did you mean "filterRows"/.test(message)),
  );
});

test("a task that only other nodes have is a note, and a fault with --strict", async () => {
  const input = "{0: {tasks: {spectrogram: {}}}}";
  const loose = await runCli(["validate", "-"], { input });
  assert.equal(loose.exit, 0);
  assert.match(loose.stderr, /task spectrogram is not in the local library/);
  assert.equal((await runCli(["validate", "-", "--strict"], { input })).exit, 65);
});

test("what cannot be read is refused with its own exit code", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "binary.yaml"), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
  writeFileSync(join(folder, "large.yaml"), " ".repeat(5 * 1024 * 1024));
  mkdirSync(join(folder, "inside"));
  const exitOf = async (name: string) => (await runCli(["validate", join(folder, name)])).exit;
  assert.equal(await exitOf("gone.yaml"), 66);
  assert.equal(await exitOf("inside"), 65);
  assert.equal(await exitOf("binary.yaml"), 65);
  assert.equal(await exitOf("large.yaml"), 65);
  const large = await runCli(["validate", "-"], { input: "#".repeat(5 * 1024 * 1024) });
  assert.equal(large.exit, 65);
  assert.match(large.stderr, /above 4 MiB/);
});

test("faults of a document are found before a server is asked for", async () => {
  for (const args of [
    ["run", "-"],
    ["job", "submit", "-"],
  ]) {
    const { exit, stderr } = await runCli(args, {
      input: faulty,
      env: { NATS_URL: "nats://127.0.0.1:1" },
    });
    assert.equal(exit, 65, args.join(" "));
    assert.match(stderr, /unknown key "neds"/);
  }
});

test("a dry run checks and sends nothing", async () => {
  const env = { NATS_URL: "nats://127.0.0.1:1" };
  const good = await runCli(["job", "submit", "examples/demo.yaml", "--dry-run"], { env });
  assert.deepEqual({ exit: good.exit, stdout: good.stdout }, { exit: 0, stdout: "" });
  assert.match(good.stderr, /is valid/);
  const bad = await runCli(["job", "submit", "-", "--dry-run", "--json"], { env, input: faulty });
  assert.equal(bad.exit, 65);
  assert.equal(JSON.parse(bad.stdout).error.problems[0].line, 5);
});

test("without a server the command says so and how to get one", async () => {
  const env = { NATS_URL: "nats://127.0.0.1:1" };
  const commands = [
    ["run", "examples/demo.yaml"],
    ["job", "submit", "examples/demo.yaml"],
    ["job", "ls"],
    ["job", "status", "nobody"],
    ["job", "cancel", "nobody"],
    ["task", "ls", "--remote"],
  ];
  for (const args of commands) {
    const { exit, stdout, stderr } = await runCli(args, { env });
    assert.equal(exit, 69, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^Error: .*127\.0\.0\.1:1/);
    assert.match(stderr, /^Fix: .*rtl start/m);
  }
  const { exit, stdout } = await runCli(["job", "ls", "--json"], { env });
  assert.equal(exit, 69);
  assert.equal(JSON.parse(stdout).error.code, "RTL_BUS_UNREACHABLE");
});

test("the schema of documents is printed as JSON", async () => {
  const { exit, stdout } = await runCli(["schema"]);
  assert.equal(exit, 0);
  const schema = JSON.parse(stdout);
  assert.match(schema.$schema, /draft-07/);
  assert.ok(stdout.includes('"stages"'));
});

test("outputs that cannot work are refused before the job is sent", async (t) => {
  const folder = tempFolder(t);
  const env = { NATS_URL: "nats://127.0.0.1:1" };
  const run = (...flags: string[]) => runCli(["run", "examples/demo.yaml", ...flags], { env });
  const unknown = await run("--out", join(folder, "r.xlsx"));
  assert.equal(unknown.exit, 2);
  assert.match(unknown.stderr, /known endings: \.json \.ndjson \.jsonl \.csv \.arrow/);
  const nowhere = await run("--out", join(folder, "no/where/r.csv"));
  assert.equal(nowhere.exit, 73);
  assert.match(nowhere.stderr, /does not exist/);
  assert.equal((await run("--out", join(folder, "r.csv"))).exit, 69);
  assert.throws(() => readFileSync(join(folder, "r.csv")));
});
