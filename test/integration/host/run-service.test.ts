// The life of a service process: readiness, signals, exit codes, the end of its parent.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../../src/host/process-alive.ts";

const program = fileURLToPath(new URL("../../support/tiny-service.js", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly message: Promise<unknown>;
  readonly ended: Promise<Ended>;
}

function start(t: TestContext, environment: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, RTL_LOG_FORMAT: "json", ...environment },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  t.after(() => child.kill("SIGKILL"));
  const text = { stdout: "", stderr: "" };
  child.stdout?.on("data", (part) => {
    text.stdout += part;
  });
  child.stderr?.on("data", (part) => {
    text.stderr += part;
  });
  const message = once(child, "message").then(([value]) => value);
  // Not "close": it does not come once the channel was cut from this side.
  const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
  const read = Promise.all(streams.map((stream) => finished(stream)));
  const ended = once(child, "exit").then(async ([code]) => {
    await read;
    return { code, ...text };
  });
  return { child, message, ended };
}

test("a service tells that it is ready and drains on SIGTERM", async (t) => {
  const { child, message, ended } = start(t);
  assert.deepEqual(await message, { ready: true, service: "tiny", pid: child.pid, slots: 2 });
  child.kill("SIGTERM");
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "drained\n");
  const messages = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).message);
  assert.deepEqual(messages, ["ready", "stopping", "stopped"]);
});

test("a second signal ends a service at once", async (t) => {
  const { child, message, ended } = start(t, { TINY: "stop-hangs" });
  await message;
  child.kill("SIGINT");
  const again = setInterval(() => child.kill("SIGINT"), 20);
  const { code } = await ended;
  clearInterval(again);
  assert.equal(code, 130);
});

test("a stop that takes too long is cut short", async (t) => {
  const { child, message, ended } = start(t, { TINY: "stop-hangs", RTL_STOP_WAIT: "50ms" });
  await message;
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.equal(code, 1);
  assert.match(stderr, /did not stop in time/);
});

test("a signal during the start ends it", async (t) => {
  const { child, message, ended } = start(t, { TINY: "start-hangs" });
  assert.equal(await message, "starting");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});

test("a wrong configuration exits with 78 and names every fault", async (t) => {
  const { ended } = start(t, { RTL_THREADS: "0", RTL_LABELS: "x" });
  const { code, stderr } = await ended;
  assert.equal(code, 78);
  assert.match(stderr, /RTL_THREADS=0/);
  assert.match(stderr, /RTL_LABELS=x/);
});

test("a start that fails exits with the code of its error", async (t) => {
  const { code, stderr } = await start(t, { TINY: "start-fails" }).ended;
  assert.equal(code, 69);
  assert.match(stderr, /no NATS server answers/);
});

test("an uncaught exception is logged and exits with 70", async (t) => {
  const { code, stderr } = await start(t, { TINY: "throws" }).ended;
  assert.equal(code, 70);
  assert.match(stderr, /SyntaxError/);
});

test("a service that fails later is stopped and exits with the code of its error", async (t) => {
  const { code, stdout } = await start(t, { TINY: "fails-later" }).ended;
  assert.equal(code, 69);
  assert.equal(stdout, "drained\n");
});

test("a service ends with the channel to its parent", async (t) => {
  const { child, message, ended } = start(t);
  await message;
  child.disconnect();
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  assert.equal(stdout, "drained\n");
});

test("a service ends with the process that RTL_PARENT_PID names", async (t) => {
  const parent = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    stdio: "ignore",
  });
  await once(parent, "spawn");
  t.after(() => parent.kill("SIGKILL"));
  const { message, ended } = start(t, { RTL_PARENT_PID: String(parent.pid) });
  await message;
  parent.kill("SIGKILL");
  assert.equal((await ended).code, 0);
  assert.equal(isAlive(parent.pid ?? 0), false);
});
