// Signals, closed pipes and terminals: what happens when the user or the shell goes away.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { jobOf, withCliSystem } from "../support/cli-system.ts";
import { cliEnvironment, cliMain, projectRoot } from "../support/run-cli.ts";

const system = await withCliSystem();
const { run, start, submitted } = system;

const stateOf = async (id: string): Promise<string> =>
  JSON.parse((await run(["job", "status", id, "--json"])).stdout).state;

test("the first Ctrl-C on run cancels the job", async (t) => {
  const running = start(["run", "-", "--id", "one", "--verbose"], jobOf("nap"), t);
  await running.saw("stage 0 started");
  running.child.kill("SIGINT");
  const { exit, stdout, stderr } = await running.ended;
  assert.equal(exit, 130);
  assert.equal(stdout, "");
  assert.match(stderr, /cancelling \(2\.0 s grace\); Ctrl-C again to kill, a third time to leave/);
  assert.match(stderr, /was cancelled by .*Ctrl-C/);
  assert.equal(await stateOf("one"), "cancelled");
});

test("the second Ctrl-C kills a task that heeds nothing", async (t) => {
  const running = start(["run", "-", "--id", "two", "--verbose"], jobOf("stubborn"), t);
  await running.saw("stage 0 started");
  running.child.kill("SIGINT");
  await running.saw("cancelling");
  running.child.kill("SIGINT");
  await running.saw("killing");
  assert.equal((await running.ended).exit, 130);
  assert.equal(await stateOf("two"), "cancelled");
});

test("the third Ctrl-C leaves at once", async (t) => {
  // A relay that does not hear keeps the job from settling, so that there is something to leave.
  const running = start(["run", "-", "--id", "three", "--verbose"], jobOf("stubborn"), t);
  await running.saw("stage 0 started");
  const { services } = JSON.parse((await run(["status", "--json"])).stdout);
  const relay: number = services.find(({ role }: { role: string }) => role === "relay").pid;
  process.kill(relay, "SIGSTOP");
  try {
    running.child.kill("SIGINT");
    await running.saw("cancelling");
    running.child.kill("SIGINT");
    await running.saw("killing");
    running.child.kill("SIGINT");
    const { exit, stderr } = await running.ended;
    assert.equal(exit, 130);
    assert.match(stderr, /rtl job watch three/);
  } finally {
    process.kill(relay, "SIGCONT");
  }
  assert.equal((await run(["job", "cancel", "three", "--force", "--wait"])).exit, 0);
});

test("Ctrl-C on watch detaches and says how to come back", async (t) => {
  const id = await submitted(jobOf("nap"));
  const running = start(["job", "watch", id, "--verbose"], undefined, t);
  await running.saw("stage 0 started");
  running.child.kill("SIGINT");
  const { exit, stderr } = await running.ended;
  assert.equal(exit, 130);
  assert.match(
    stderr,
    new RegExp(`job ${id} runs on: rtl job watch ${id} --after \\d+, rtl job cancel`),
  );
  assert.equal(await stateOf(id), "running");
  await run(["job", "cancel", id, "--force"]);
});

test("Ctrl-C on submit --wait detaches as well", async (t) => {
  const running = start(
    ["job", "submit", "-", "--wait", "--id", "kept", "--verbose"],
    jobOf("nap"),
    t,
  );
  await running.saw("stage 0 started");
  running.child.kill("SIGINT");
  const { exit, stdout } = await running.ended;
  assert.deepEqual({ exit, stdout }, { exit: 130, stdout: "kept\n" });
  assert.equal(await stateOf("kept"), "running");
  await run(["job", "cancel", "kept", "--force"]);
});

test("a closed terminal leaves the job running, SIGTERM cancels it", async (t) => {
  const hung = start(["run", "-", "--id", "hung", "--verbose"], jobOf("nap"), t);
  await hung.saw("stage 0 started");
  hung.child.kill("SIGHUP");
  assert.equal((await hung.ended).exit, 129);
  assert.equal(await stateOf("hung"), "running");
  await run(["job", "cancel", "hung", "--force"]);
  const told = start(["run", "-", "--id", "told", "--verbose"], jobOf("nap"), t);
  await told.saw("stage 0 started");
  told.child.kill("SIGTERM");
  assert.equal((await told.ended).exit, 143);
  assert.equal(await stateOf("told"), "cancelled");
});

test("a reader that has seen enough ends the command in silence", async () => {
  const shell = `"${process.execPath}" "${cliMain}" run examples/demo.yaml --json -q | head -n 1`;
  const child = spawn("bash", ["-o", "pipefail", "-c", shell], {
    cwd: projectRoot,
    env: cliEnvironment(system.env),
  });
  let text = "";
  let errors = "";
  child.stdout.on("data", (piece) => {
    text += piece;
  });
  child.stderr.on("data", (piece) => {
    errors += piece;
  });
  const [exit] = await once(child, "close");
  assert.equal(errors, "");
  assert.equal(exit, 0);
  assert.equal(JSON.parse(text).type, "job.accepted");
});

/** Runs a command under a pseudo-terminal; its output, with the line ends of a terminal. */
function onTerminal(command: string, env: Readonly<Record<string, string>> = {}) {
  const shell = `"${process.execPath}" "${cliMain}" ${command}`;
  const { stdout, status } = spawnSync("script", ["-qec", shell, "/dev/null"], {
    cwd: projectRoot,
    env: { ...cliEnvironment(system.env), TERM: "xterm", ...env },
    encoding: "utf8",
  });
  return { output: stdout.replaceAll("\r\n", "\n"), exit: status };
}

// Where the program that makes a pseudo-terminal is missing, there is nothing to ask.
const terminals = spawnSync("script", ["--version"]).status === 0;

if (terminals) {
  test("on a terminal the result is an aligned table under a line that replaces itself", () => {
    const { output, exit } = onTerminal("run examples/demo.yaml");
    assert.equal(exit, 0);
    // What stands after the line was cleared for the last time is the result.
    assert.ok(output.includes("\r\u001b[2K"));
    const lines = output.split("\r\u001b[2K").at(-1)?.trimEnd().split("\n") ?? [];
    assert.match(lines[0] ?? "", /^ *jobId +appName +stageName/);
    assert.match(lines.at(-2) ?? "", /^\(166 rows\)$/);
    assert.match(lines.at(-1) ?? "", /^not shown: .*alphaAvg2; --out FILE/);
    for (const line of lines.slice(0, -1)) assert.ok(line.length <= 80, line);
  });

  test("binary is kept from a terminal, and - from one that is the input", () => {
    const arrow = onTerminal("run examples/demo.yaml --format arrow");
    assert.equal(arrow.exit, 73);
    assert.match(arrow.output, /a terminal cannot show Arrow/);
    const input = onTerminal("validate -");
    assert.equal(input.exit, 2);
    assert.match(input.output, /that is a terminal/);
  });

  test("colours are for terminals, and NO_COLOR turns them off", () => {
    assert.ok(onTerminal("job status nobody").output.includes("\u001b[31m"));
    const plain = onTerminal("job status nobody", { NO_COLOR: "1" });
    assert.ok(!plain.output.includes("\u001b["), plain.output);
  });

  test("on a terminal submit says how to follow the job", () => {
    assert.match(onTerminal("job submit examples/demo.yaml").output, /follow it: rtl job watch/);
  });
}
