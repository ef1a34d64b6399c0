// The services of one machine under supervision, with a real nats-server and services that do
// nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { localNatsUrl } from "../../../src/host/local-state.ts";
import { probeNats } from "../../../src/host/nats-probe.ts";
import { isAlive } from "../../../src/host/process-alive.ts";
import { type LocalOptions, startLocal, statusLocal, stopLocal } from "../../../src/local/local.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const tiny = fileURLToPath(new URL("../../support/tiny-service.js", import.meta.url));
const programs = { relay: tiny, tasknode: tiny };

// What these variables say on the machine that runs the tests is not their subject.
for (const key of ["NATS_URL", "RTL_NODE_ID", "TINY"]) delete process.env[key];
process.env["RTL_LOG_FORMAT"] = "json";

/** A folder for the state; what runs for it at the test's end is stopped before it is removed. */
function stateFolder(t: TestContext): string {
  let remove: () => void | Promise<void> = () => undefined;
  const stateDir = tempFolder({
    after: (fn) => {
      remove = fn;
    },
  });
  t.after(async () => {
    await stopLocal({ stateDir });
    await remove();
  });
  return stateDir;
}

async function start(t: TestContext, options: LocalOptions = {}) {
  const stateDir = stateFolder(t);
  return { stateDir, local: await startLocal({ stateDir, programs, ...options }) };
}

const failureOf = async (work: Promise<unknown>): Promise<RtlError> => {
  const error = await work.then(
    () => assert.fail("it succeeded"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RtlError, String(error));
  return error;
};

test("bus, relay and tasknodes come up, are reported, and go down without a trace", async (t) => {
  const { stateDir, local } = await start(t, { nodes: 2, threads: 3 });
  const names = local.services.map((service) => service.name).sort();
  assert.deepEqual(names, ["nats-server", "relay", "tasknode-1", "tasknode-2"]);
  assert.ok(local.services.every((service) => service.ready && isAlive(service.pid)));
  assert.equal((await probeNats(local.natsUrl, 5_000)).ok, true);

  const status = await statusLocal({ stateDir });
  assert.deepEqual(
    [status.exitCode, status.state, status.problems, status.supervisorPid],
    [0, "up", [], local.pid],
  );
  assert.equal(localNatsUrl(stateDir), local.natsUrl);

  assert.equal(await stopLocal({ stateDir }), true);
  for (const { pid, name } of local.services) assert.equal(isAlive(pid), false, name);
  assert.equal(isAlive(local.pid), false);
  const after = await statusLocal({ stateDir });
  assert.deepEqual([after.exitCode, after.state, after.services], [3, "not running", []]);
  assert.equal(localNatsUrl(stateDir), undefined);
  assert.equal(await stopLocal({ stateDir }), false);
});

test("tasknodes drain before the relay stops, and the relay before the bus", async (t) => {
  const { stateDir } = await start(t);
  await stopLocal({ stateDir });
  const stoppedAt = (name: string): number => {
    const lines = readFileSync(join(stateDir, "log", `${name}.log`), "utf8")
      .trim()
      .split("\n");
    assert.ok(lines.includes("drained"), name);
    const line = lines.find((text) => text.includes('"stopped"')) ?? "{}";
    return JSON.parse(line).time;
  };
  assert.ok(stoppedAt("tasknode-1") <= stoppedAt("relay"));
  const bus = readFileSync(join(stateDir, "log", "nats-server.log"), "utf8");
  assert.match(bus, /Server Exiting/);
});

test("they are not started twice for one folder", async (t) => {
  const { stateDir, local } = await start(t);
  const error = await failureOf(startLocal({ stateDir, programs }));
  assert.match(error.message, /already runs/);
  assert.ok(error.message.includes(String(local.pid)));
  assert.match(error.fix ?? "", /rtl status/);
  assert.equal((await statusLocal({ stateDir })).exitCode, 0);
});

test("of many starts at once exactly one succeeds", async (t) => {
  const stateDir = stateFolder(t);
  const starts = [1, 2, 3].map(async () => startLocal({ stateDir, programs, nodes: 0 }));
  const results = await Promise.allSettled(starts);
  assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
  assert.equal((await statusLocal({ stateDir })).exitCode, 0);
});

test("a service that crashes is started again", async (t) => {
  const { stateDir, local } = await start(t);
  for (const name of ["tasknode-1", "nats-server"]) {
    const before = local.services.find((service) => service.name === name);
    assert.ok(before);
    process.kill(before.pid, "SIGKILL");
    await waitUntil(async () => {
      const { services } = await statusLocal({ stateDir });
      const now = services.find((service) => service.name === name);
      return now?.restarts === 1 && now.ready && now.pid !== before.pid && isAlive(now.pid);
    }, `${name} did not come back`);
  }
  assert.equal((await statusLocal({ stateDir })).natsUrl, local.natsUrl);
  assert.equal((await statusLocal({ stateDir })).exitCode, 0);
});

test("nothing survives a supervisor that was killed, and the next start is clean", async (t) => {
  const { stateDir, local } = await start(t);
  process.kill(local.pid, "SIGKILL");
  await waitUntil(() => !isAlive(local.pid), "the supervisor is still running");
  assert.equal((await statusLocal({ stateDir })).exitCode, 3);
  // At once: it waits by itself until the last ones are gone.
  await startLocal({ stateDir, programs });
  for (const { pid, name } of local.services) assert.equal(isAlive(pid), false, name);
  assert.equal((await statusLocal({ stateDir })).exitCode, 0);
});

test("a supervisor whose folder was removed ends with all that it started", async (t) => {
  const { stateDir, local } = await start(t, { nodes: 0 });
  rmSync(stateDir, { recursive: true });
  for (const pid of [local.pid, ...local.services.map((service) => service.pid)]) {
    await waitUntil(() => !isAlive(pid), `process ${pid} is still running`);
  }
});

test("a service that does not start is named, and nothing stays behind", async (t) => {
  const stateDir = stateFolder(t);
  process.env["TINY"] = "start-fails";
  t.after(() => delete process.env["TINY"]);
  const error = await failureOf(startLocal({ stateDir, programs }));
  assert.equal(error.code, "RTL_BUS_UNREACHABLE");
  assert.match(error.message, /(relay|tasknode-1): no NATS server answers/);
  assert.equal((await statusLocal({ stateDir })).exitCode, 3);
  const log = readFileSync(join(stateDir, "log", "nats-server.log"), "utf8");
  assert.match(log, /Server Exiting/);
});

test("a service that ends before it is ready is named with its exit code", async (t) => {
  const stateDir = stateFolder(t);
  const absent = { relay: join(stateDir, "absent.js"), tasknode: tiny };
  const error = await failureOf(startLocal({ stateDir, programs: absent, nodes: 0 }));
  assert.match(error.message, /relay ended with 1 before it was ready/);
  assert.match(error.fix ?? "", /relay\.log$/);
});

test("a bus that is named is used, and not ended", async (t) => {
  const server = await withNatsServer(t);
  const { stateDir, local } = await start(t, { natsUrl: server.url });
  assert.equal(local.natsUrl, server.url);
  assert.ok(local.services.every((service) => service.role !== "nats-server"));
  await server.kill();
  const status = await statusLocal({ stateDir });
  assert.equal(status.exitCode, 1);
  assert.match(status.problems.join(), /no NATS server answers/);
  await server.restart();
  await stopLocal({ stateDir });
  assert.equal(isAlive(server.pid), true);
});

test("a bus that is named but cannot be used is refused with what was tried", async (t) => {
  const stateDir = stateFolder(t);
  const natsUrl = "nats://127.0.0.1:1";
  const error = await failureOf(startLocal({ stateDir, programs, natsUrl }));
  assert.equal(error.code, "RTL_BUS_UNREACHABLE");
  assert.match(error.message, /nats:\/\/127\.0\.0\.1:1 \(nothing listens there\)/);
  assert.match(error.fix ?? "", /apt-get install nats-server/);
});

test("in the foreground the services end with the process that started them", async (t) => {
  const stateDir = stateFolder(t);
  const modulePath = new URL("../../../src/local/local.js", import.meta.url).href;
  const options = JSON.stringify({ stateDir, programs, foreground: true });
  const script = `
    const { startLocal } = await import(${JSON.stringify(modulePath)});
    const { pid, services } = await startLocal(${options});
    process.stdout.write(JSON.stringify([pid, ...services.map((service) => service.pid)]));`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => owner.kill("SIGKILL"));
  const [line] = await once(owner.stdout, "data");
  const pids = JSON.parse(String(line)) as number[];
  assert.equal(pids.length, 4);
  assert.ok(pids.every(isAlive));
  owner.kill("SIGKILL");
  for (const pid of pids) await waitUntil(() => !isAlive(pid), `process ${pid} is still running`);
});

test("a damaged state file makes the status unknown, not wrong", async (t) => {
  const { stateDir } = await start(t, { nodes: 0 });
  writeFileSync(join(stateDir, "services.json"), "{");
  const status = await statusLocal({ stateDir });
  assert.deepEqual([status.exitCode, status.state], [4, "unknown"]);
});
