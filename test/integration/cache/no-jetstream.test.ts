/** A server without JetStream: it is named as unfit, with what to do, and no relay starts on it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Answers } from "../../../src/cache/answers.ts";
import { Cache } from "../../../src/cache/cache.ts";
import { connect } from "../../../src/dispatcher/connect.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { createLog } from "../../../src/host/log.ts";
import { findNatsServer, startNatsServer } from "../../../src/host/nats-server.ts";
import { failureOf } from "../../support/failures.ts";
import { lastFirst } from "../../support/last-first.ts";
import { busOn } from "../../support/quiet-bus.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const relayProgram = fileURLToPath(new URL("../../../src/relay/main.js", import.meta.url));

/** Starts a bare server; what it returns is told of its end before it ends. */
async function bareServer() {
  const ending = lastFirst({ after });
  const folder = tempFolder(ending);
  const { path, tried } = findNatsServer();
  assert.ok(path !== undefined, `no nats-server in ${tried}`);
  const settings = ["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder];
  const child = spawn(path, settings, { stdio: "ignore" });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGINT");
    await exited;
  };
  ending.after(stop);
  let url = "";
  await waitUntil(() => {
    url = addressIn(folder) ?? "";
    return url !== "";
  }, "the server does not say where it listens");
  return { url, stop, after: ending.after };
}

/** The address that the server wrote down; undefined while it is not there, or half written. */
function addressIn(folder: string): string | undefined {
  const [name] = readdirSync(folder);
  if (name === undefined) return undefined;
  return /"(nats:[^"]+)"/.exec(readFileSync(join(folder, name), "utf8"))?.[1];
}

const server = await bareServer();

test("a server without JetStream is unfit, and what to do is said", async () => {
  const bus = await busOn(server, "bare");
  const error = await failureOf(Cache.open(bus), "RTL_BUS_UNFIT");
  assert.match(error.message, /JetStream/);
  assert.match(error.fix ?? "", /nats\.conf/);
});

test("without a store answers of other servers are not kept, and nothing fails", async () => {
  const told: string[] = [];
  const log = createLog(
    { logLevel: "warn", logFormat: "json" },
    {},
    { write: (line) => void told.push(line) },
  );
  const answers = new Answers(await busOn(server, "n1"), systemClock, log);
  await answers.remember("key", { bytes: Uint8Array.of(1), contentType: "" }, 60_000);
  assert.equal(await answers.recall("key"), undefined);
  assert.ok(told.length >= 1 && told.every((line) => line.includes("cache of fetched answers")));
});

test("a relay on such a server ends with the exit code for it and says why", async () => {
  const relay = spawn(process.execPath, [relayProgram], {
    env: { PATH: process.env["PATH"], NATS_URL: server.url, RTL_LOG_FORMAT: "json" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  relay.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const [code] = await once(relay, "close");
  assert.equal(code, 69, log);
  assert.match(log, /no JetStream/);
  assert.match(log, /nats\.conf/);
});

test("a client that met such a server finds the store once there is one", async () => {
  const client = await connect({ servers: server.url, name: "early" });
  server.after(() => client.close());
  await failureOf(client.cache(), "RTL_BUS_UNFIT");
  await server.stop();
  const port = Number(new URL(server.url).port);
  const better = await startNatsServer({ storeDir: tempFolder(server), port });
  server.after(() => better.stop());
  const opened = () =>
    client.cache().then(
      () => true,
      () => false,
    );
  await waitUntil(opened, "the client keeps its first failure");
});
