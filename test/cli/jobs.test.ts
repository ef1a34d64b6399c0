// Jobs through the command line on a whole system that `rtl start` has started.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { jobOf, withCliSystem } from "../support/cli-system.ts";
import { jsonLines } from "../support/run-cli.ts";

const system = await withCliSystem();
const { run, submitted } = system;

const demo = "examples/demo.yaml";
const addition = jobOf("add", "{operations: [{a: x, b: 2, column: y}]}");
const table = JSON.stringify({ rows: 2, columns: { x: { dtype: "<f8", values: [1, 2.5] } } });

test("status lists the services, and start refuses to start twice", async () => {
  const { exit, stdout, stderr } = await run(["status"]);
  assert.equal(exit, 0);
  assert.match(stdout, /^SERVICE +PID +STATE +UPTIME\n/);
  for (const service of ["nats-server", "relay", "tasknode-1"]) {
    assert.match(stdout, new RegExp(`^${service} +\\d+ +ready +\\d`, "m"));
  }
  assert.match(stderr, /rtl is up/);
  const json = JSON.parse((await run(["status", "--json"])).stdout);
  assert.equal(json.state, "up");
  assert.equal(json.services.length, 3);
  const again = await run(["start"]);
  assert.equal(again.exit, 2);
  assert.match(again.stderr, /already runs.*\nFix: /);
});

test("run prints records when piped, its progress and the tasks' lines on stderr", async () => {
  const { exit, stdout, stderr } = await run(["run", demo]);
  assert.equal(exit, 0);
  const records = jsonLines(stdout);
  assert.equal(records.length, 166);
  assert.equal(records[0]?.["stageName"], 22);
  assert.match(stderr, /=> Filtered Results: \(166,\)/);
  assert.match(stderr, /completed in .*, 166 rows\n$/);
  const quiet = await run(["run", demo, "--quiet"]);
  assert.equal(quiet.stderr, "");
  assert.equal(quiet.stdout, stdout);
});

test("run writes its result to a file in the form of its ending", async () => {
  const out = join(system.folder, "demo.json");
  const { exit, stdout } = await run(["run", demo, "--out", out]);
  assert.deepEqual({ exit, stdout }, { exit: 0, stdout: "" });
  const result = JSON.parse(readFileSync(out, "utf8"));
  assert.equal(result.rows, 166);
  const csv = await run(["run", demo, "--format", "csv"]);
  assert.match(csv.stdout, /^jobId,appName,stageName,/);
  assert.equal(csv.stdout.trimEnd().split("\n").length, 167);
});

test("run --json is one event a line; the last is job.done and holds the result", async () => {
  const { exit, stdout } = await run(["run", demo, "--json", "--quiet"]);
  assert.equal(exit, 0);
  const events = jsonLines(stdout);
  const done = events.at(-1);
  assert.equal(events[0]?.["type"], "job.accepted");
  assert.equal(events.filter(({ type }) => type === "job.done").length, 1);
  assert.equal(done?.["type"], "job.done");
  assert.equal(done?.["state"], "completed");
  const result = done?.["result"] as { rows: number } | undefined;
  assert.equal(result?.rows, 166);
  const numbers = events.map(({ seq }) => Number(seq));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
});

test("a job takes its input from a file or from standard input", async () => {
  const file = join(system.folder, "add.yaml");
  writeFileSync(file, addition);
  const { exit, stdout } = await run(["run", file, "--input", "-", "--format", "csv"], table);
  assert.deepEqual({ exit, stdout }, { exit: 0, stdout: "x,y\n1,3\n2.5,4.5\n" });
  const input = join(system.folder, "table.json");
  writeFileSync(input, table);
  const piped = await run(["run", "-", "--input", input, "--format", "csv", "-q"], addition);
  assert.equal(piped.stdout, stdout);
});

test("submit prints the id alone; watch, status, ls and result find the job by it", async () => {
  const submit = await run(["job", "submit", demo, "--id", "demo-1"]);
  assert.deepEqual(submit, { exit: 0, stdout: "demo-1\n", stderr: "" });
  const watch = await run(["job", "watch", "demo-1", "--json"]);
  assert.equal(watch.exit, 0);
  const events = jsonLines(watch.stdout);
  assert.equal(events[0]?.["type"], "job.accepted");
  assert.equal(events.at(-1)?.["type"], "job.done");
  const status = await run(["job", "status", "demo-1", "--exit-code"]);
  assert.equal(status.exit, 0);
  assert.match(status.stdout, /^state +completed$/m);
  const ids = (await run(["job", "ls", "-o", "name"])).stdout.split("\n");
  assert.ok(ids.includes("demo-1"));
  assert.match((await run(["job", "ls", "--state", "completed"])).stdout, /^demo-1 .*completed/m);
  const result = await run(["job", "result", "demo-1"]);
  assert.equal(jsonLines(result.stdout).length, 166);
});

test("watch goes on after the number where an earlier one stopped", async () => {
  await run(["job", "submit", demo, "--id", "demo-2", "--wait", "--quiet"]);
  const all = jsonLines((await run(["job", "watch", "demo-2", "--json"])).stdout);
  const second = Number(all[1]?.["seq"]);
  const rest = await run(["job", "watch", "demo-2", "--json", "--after", String(second)]);
  assert.deepEqual(jsonLines(rest.stdout), all.slice(2));
});

test("the same id and document is the same job; another document is refused", async () => {
  await run(["job", "submit", "-", "--id", "same", "--wait", "-q"], jobOf("null"));
  const again = await run(["job", "submit", "-", "--id", "same", "--json"], jobOf("null"));
  assert.deepEqual(JSON.parse(again.stdout), { id: "same", created: false });
  assert.match(again.stderr, /had been accepted before/);
  const other = await run(["job", "submit", "-", "--id", "same"], jobOf("nap"));
  assert.equal(other.exit, 65);
  assert.match(other.stderr, /^Error: .*same.*\n(At: .*\n)?Fix: /);
});

test("a failed task fails its job with task, stage and node, everywhere with exit code 1", async () => {
  const failed = await run(["run", "-", "--id", "bad-luck"], jobOf("failing"));
  assert.equal(failed.exit, 1);
  assert.equal(failed.stdout, "");
  assert.match(failed.stderr, /^Error: .*no luck today$/m);
  assert.match(
    failed.stderr,
    /^At: job bad-luck, stage 0, task failing, chunk 0, node \S+, attempt 1/m,
  );
  for (const args of [
    ["job", "watch", "bad-luck"],
    ["job", "result", "bad-luck"],
    ["job", "status", "bad-luck", "--exit-code"],
  ]) {
    const { exit, stdout, stderr } = await run(args);
    assert.equal(exit, 1, args.join(" "));
    assert.match(stderr + stdout, /no luck today/);
  }
  const json = await run(["job", "watch", "bad-luck", "--json"]);
  assert.equal(json.exit, 1);
  assert.equal(jsonLines(json.stdout).at(-1)?.["state"], "failed");
  const several = await run(["job", "watch", "bad-luck", "nobody-1"]);
  assert.equal(several.exit, 66);
});

test("what a relay refuses is shown with line and column", async () => {
  const document = "version: 1\nstages:\n  one:\n    tasks: [{filterRow: {}}]\n";
  const { exit, stderr } = await run(["run", "-"], document);
  assert.equal(exit, 65);
  assert.match(stderr, /standard input:4:\d+: stages\.one\.tasks\[0\].*filterRows/);
  assert.match(stderr, /^ +4 \| {5}tasks: \[\{filterRow: \{\}\}\]\n +\| +\^$/m);
});

test("an unknown id ends with 66 in every command", async () => {
  for (const verb of ["status", "watch", "result", "cancel"]) {
    const { exit, stdout, stderr } = await run(["job", verb, "nobody-2"]);
    assert.deepEqual({ exit, stdout }, { exit: 66, stdout: "" }, verb);
    assert.match(stderr, /^Error: .*nobody-2\n(At: .*\n)?Fix: .*rtl job ls/m);
  }
});

test("cancel asks a job to end and prints its id; one that is over stays what it is", async () => {
  const id = await submitted(jobOf("nap"));
  const waiting = await run(["job", "result", id, "--no-wait"]);
  assert.equal(waiting.exit, 124);
  assert.equal((await run(["job", "status", id, "--exit-code", "--quiet"])).exit, 75);
  const cancel = await run(["job", "cancel", id, "--wait", "--reason", "had enough"]);
  assert.deepEqual({ exit: cancel.exit, stdout: cancel.stdout }, { exit: 0, stdout: `${id}\n` });
  const watch = await run(["job", "watch", id]);
  assert.equal(watch.exit, 3);
  assert.match(watch.stderr, /was cancelled by .*had enough/);
  assert.equal((await run(["job", "result", id])).exit, 3);
  await run(["run", "-", "--id", "over", "-q"], jobOf("null"));
  const over = await run(["job", "cancel", "over"]);
  assert.deepEqual({ exit: over.exit, stdout: over.stdout }, { exit: 0, stdout: "over\n" });
  assert.match(over.stderr, /^job over had ended before: it completed at 20\d\d-.*Z$/m);
});

test("a task that heeds nothing is ended by force", async () => {
  const id = await submitted(jobOf("stubborn"));
  assert.equal((await run(["job", "cancel", id, "--force", "--wait"])).exit, 0);
  assert.equal((await run(["job", "status", id, "--exit-code", "-q"])).exit, 3);
});

test("the time to wait ends with 124; the job runs on unless it is to be cancelled", async () => {
  const waited = await run(["run", "-", "--timeout", "1s", "--id", "long"], jobOf("nap"));
  assert.equal(waited.exit, 124);
  assert.match(waited.stderr, /^Fix: job long runs on: rtl job watch long/m);
  // 75 says that it is not over.
  assert.equal((await run(["job", "status", "long", "--exit-code", "-q"])).exit, 75);
  assert.equal((await run(["job", "watch", "long", "--timeout", "200ms", "-q"])).exit, 124);
  assert.equal((await run(["job", "result", "long", "--timeout", "200ms"])).exit, 124);
  assert.equal((await run(["job", "cancel", "long", "--force"])).exit, 0);
  const flags = ["--timeout", "1s", "--cancel-on-timeout", "--id", "short"];
  assert.equal((await run(["run", "-", ...flags], jobOf("nap"))).exit, 124);
  assert.equal((await run(["job", "status", "short", "--exit-code", "-q"])).exit, 3);
});

test("the running nodes say which tasks they offer", async () => {
  const { exit, stdout } = await run(["task", "ls", "--remote"]);
  assert.equal(exit, 0);
  assert.match(stdout, /^stubborn +gather +1 +heed nothing$/m);
  const local = await run(["task", "ls"]);
  assert.doesNotMatch(local.stdout, /stubborn/);
  const described = await run(["task", "describe", "nap", "--remote"]);
  assert.match(described.stdout, /wait for the signal/);
});

test("a server that is named is asked, even against the environment", async () => {
  const { natsUrl } = JSON.parse((await run(["status", "--json"])).stdout);
  const { exit, stdout } = await run(
    ["run", "-", "--server", natsUrl, "--format", "csv"],
    jobOf("null"),
  );
  assert.deepEqual({ exit, stdout }, { exit: 0, stdout: "1\n0\n" });
  assert.equal((await run(["job", "ls", "--server", "nats://127.0.0.1:1"])).exit, 69);
});
