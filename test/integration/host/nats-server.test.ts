// A real nats-server under our own configuration: start, readiness, end, and every way to fail.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { probeNats } from "../../../src/host/nats-probe.ts";
import { findNatsServer, ownNatsConf, startNatsServer } from "../../../src/host/nats-server.ts";
import { isAlive } from "../../../src/host/process-alive.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

test("the server finds nothing wrong with nats.conf", () => {
  const { path } = findNatsServer();
  assert.ok(path);
  execFileSync(path, ["-t", "-c", ownNatsConf], { stdio: "pipe" });
});

test("a started server is ready: JetStream on, our payload limit, no login", async (t) => {
  const server = await withNatsServer(t);
  const probe = await probeNats(server.url, 5_000);
  assert.ok(probe.ok);
  assert.equal(probe.jetstream, true);
  assert.equal(probe.authRequired, false);
  assert.equal(probe.maxPayload, 1_048_576);
  assert.match(probe.version, /^\d+\.\d+\.\d+/);
});

test("a stopped server is gone, and stopping it again does no harm", async (t) => {
  const server = await startNatsServer({ storeDir: tempFolder(t) });
  await server.stop();
  await server.stop();
  assert.equal(isAlive(server.pid), false);
  const probe = await probeNats(server.url, 5_000);
  assert.deepEqual(probe, { ok: false, reason: "nothing listens there" });
});

test("a killed server comes back at the same address with the same store", async (t) => {
  const server = await withNatsServer(t);
  const before = server.pid;
  await server.kill();
  assert.equal(isAlive(before), false);
  await server.restart();
  assert.notEqual(server.pid, before);
  assert.equal((await probeNats(server.url, 5_000)).ok, true);
});

test("a server does not outlive an owner that was killed", async (t) => {
  const storeDir = tempFolder(t);
  const modulePath = new URL("../../../src/host/nats-server.js", import.meta.url).href;
  const script = `
    const { startNatsServer } = await import(${JSON.stringify(modulePath)});
    const { pid } = await startNatsServer({ storeDir: ${JSON.stringify(storeDir)} });
    process.stdout.write(String(pid) + "\\n");`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(owner.stdout, "data");
  const pid = Number(String(line));
  assert.equal(isAlive(pid), true);
  owner.kill("SIGKILL");
  await waitUntil(() => !isAlive(pid), "the server is still running");
});

test("a configuration without JetStream is refused with a fix", async (t) => {
  const folder = tempFolder(t);
  const conf = join(folder, "plain.conf");
  writeFileSync(conf, "host: 127.0.0.1\n");
  const error = await startNatsServer({ storeDir: folder, conf }).catch((thrown) => thrown);
  assert.ok(error instanceof RtlError);
  assert.equal(error.code, "RTL_BUS_UNFIT");
  assert.match(error.message, /without JetStream/);
  assert.match(error.fix ?? "", /jetstream/);
});

test("a server that does not start is reported with what it said", async (t) => {
  const folder = tempFolder(t);
  const conf = join(folder, "wrong.conf");
  writeFileSync(conf, "no_such_field: 1\njetstream {}\n");
  const error = await startNatsServer({ storeDir: folder, conf }).catch((thrown) => thrown);
  assert.ok(error instanceof RtlError);
  assert.match(error.message, /no_such_field/);
});

test("a program that does not exist is reported by name", async (t) => {
  const storeDir = tempFolder(t);
  const program = join(storeDir, "absent");
  const error = await startNatsServer({ storeDir, program }).catch((thrown) => thrown);
  assert.ok(error instanceof RtlError);
  assert.ok(error.message.includes(program));
});

test("the search says where it looked, and RTL_NATS_SERVER alone counts when it is set", (t) => {
  const folder = tempFolder(t);
  const program = join(folder, "nats-server");
  writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
  assert.equal(findNatsServer({ PATH: folder }).path, program);
  assert.equal(findNatsServer({ RTL_NATS_SERVER: program, PATH: "" }).path, program);
  const absent = findNatsServer({ RTL_NATS_SERVER: "/absent", PATH: folder });
  assert.deepEqual(absent, { path: undefined, tried: "RTL_NATS_SERVER (/absent)" });
});

test("what is not a NATS server is told apart from silence and from a wrong address", async (t) => {
  const answers = createServer((socket) => socket.end("SSH-2.0-something\r\n"));
  const silent = createServer(() => undefined);
  t.after(() => {
    answers.close();
    silent.close();
  });
  const portOf = async (server: typeof answers): Promise<number> => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    return address.port;
  };
  const other = await probeNats(`127.0.0.1:${await portOf(answers)}`, 5_000);
  assert.deepEqual(other, { ok: false, reason: "what answers is not a NATS server" });
  const quiet = await probeNats(`nats://127.0.0.1:${await portOf(silent)}`, 50);
  assert.deepEqual(quiet, { ok: false, reason: "no answer within 50 ms" });
  assert.deepEqual(await probeNats("nats://:::", 50), { ok: false, reason: "not an address" });
});
