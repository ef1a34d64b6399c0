// Starting, restarting and stopping the services of a machine; nothing may be left behind.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isAlive } from "../../src/host/process-alive.ts";
import { runCli, startCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Commands with a state folder of their own; what they left running is stopped at the end. */
function ownMachine(t: TestContext) {
  const removals: (() => void | Promise<void>)[] = [];
  const folder = tempFolder({ after: (remove) => removals.push(remove) });
  const env = { RTL_STATE_DIR: join(folder, "state") };
  const run = (...args: string[]) => runCli(args, { env });
  t.after(async () => {
    await run("stop");
    for (const remove of removals) await remove();
  });
  return { env, run };
}

interface Service {
  readonly name: string;
  readonly pid: number;
}
const servicesOf = (stdout: string): readonly Service[] => JSON.parse(stdout).services;

test("where nothing runs, status says so with 3 and stop has nothing to do", async (t) => {
  const { run } = ownMachine(t);
  const status = await run("status");
  assert.deepEqual({ exit: status.exit, stdout: status.stdout }, { exit: 3, stdout: "" });
  assert.match(status.stderr, /rtl is not running; start it: rtl start/);
  const stop = await run("stop", "--json");
  assert.deepEqual(
    { exit: stop.exit, stdout: stop.stdout },
    { exit: 0, stdout: '{"stopped":false}\n' },
  );
});

test("restart starts other processes; a misspelt flag stops nothing; stop ends them all", async (t) => {
  const { run } = ownMachine(t);
  const started = await run("start", "--json", "--threads", "1");
  assert.equal(started.exit, 0, started.stderr);
  const first = servicesOf(started.stdout);
  assert.equal((await run("restart", "--nodse", "2")).exit, 2);
  assert.ok(first.every(({ pid }) => isAlive(pid)));
  const restarted = await run("restart", "--nodes", "2", "--threads", "1", "--json");
  assert.equal(restarted.exit, 0, restarted.stderr);
  const second = servicesOf(restarted.stdout);
  assert.deepEqual(
    second.map(({ name }) => name),
    ["nats-server", "relay", "tasknode-1", "tasknode-2"],
  );
  assert.ok(first.every(({ pid }) => !isAlive(pid)));
  const stopped = await run("stop");
  assert.match(stopped.stderr, /has been stopped/);
  assert.ok(second.every(({ pid }) => !isAlive(pid)));
  assert.equal((await run("status")).exit, 3);
});

test("in the foreground the services end with Ctrl-C", async (t) => {
  const { env, run } = ownMachine(t);
  const running = startCli(["start", "--foreground", "--threads", "1"], { env }, t);
  await running.saw("Ctrl-C stops the services");
  const services = servicesOf((await run("status", "--json")).stdout);
  assert.equal(services.length, 3);
  running.child.kill("SIGINT");
  assert.equal((await running.ended).exit, 130);
  assert.ok(services.every(({ pid }) => !isAlive(pid)));
  assert.equal((await run("status", "--quiet")).exit, 3);
});

test("a server that does not answer fails the start and leaves nothing", async (t) => {
  const { run } = ownMachine(t);
  const { exit, stdout, stderr } = await run("start", "--server", "nats://127.0.0.1:1");
  assert.deepEqual({ exit, stdout }, { exit: 69, stdout: "" });
  assert.match(stderr, /^Error: .*127\.0\.0\.1:1.*\n(At: .*\n)?Fix: /m);
  assert.equal((await run("status", "--quiet")).exit, 3);
});
