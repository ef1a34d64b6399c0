// `rtl nats install` against a place of releases on loopback, with the real program in its archive.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { archiveName } from "../../src/host/install-nats.ts";
import { findNatsServer } from "../../src/host/nats-server.ts";
import { runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const version = "9.9.9";
const name = archiveName(version, process.platform, process.arch);
const files = new Map<string, Uint8Array>();
const folder = tempFolder({ after });
const server = createServer((request, response) => {
  const file = files.get(request.url ?? "");
  response.writeHead(file === undefined ? 404 : 200).end(file);
});
let from = "";
after(() => {
  server.close();
  server.closeAllConnections();
});

before(async () => {
  const { path = "" } = findNatsServer();
  const inside = join(folder, name.replace(".tar.gz", ""));
  mkdirSync(inside);
  copyFileSync(path, join(inside, "nats-server"));
  const packed = join(folder, name);
  const tar = spawnSync("tar", ["-czf", packed, "-C", folder, name.replace(".tar.gz", "")]);
  assert.equal(tar.status, 0, String(tar.stderr));
  const archive = readFileSync(packed);
  const digest = createHash("sha256").update(archive).digest("hex");
  files.set(`/v${version}/${name}`, archive);
  files.set(
    `/v${version}/SHA256SUMS`,
    Buffer.from(`${"0".repeat(64)}  other.zip\n${digest}  ${name}\n`),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

test("the program is fetched, held to its checksum, and found from then on", async () => {
  const env = { XDG_DATA_HOME: join(folder, "data") };
  const { exit, stdout, stderr } = await runCli(
    ["nats", "install", "--from", from, "--version", version],
    { env },
  );
  assert.equal(exit, 0, stderr);
  const program = join(folder, "data/rtl/bin/nats-server");
  assert.equal(stdout, `${program}\n`);
  assert.match(String(spawnSync(program, ["--version"]).stdout), /nats-server: v/);
  assert.equal(findNatsServer({ ...env, PATH: "/nonexistent" }, []).path, program);
});

test("what does not fit its checksum is not kept, and what is not there is told with the place", async () => {
  const dir = join(folder, "none");
  const install = (wanted: string, ...more: string[]) =>
    runCli(["nats", "install", "--from", from, "--dir", dir, "--version", wanted, ...more]);
  const wrong = await install(version, "--sha256", "f".repeat(64));
  assert.equal(wrong.exit, 65, wrong.stderr);
  assert.match(wrong.stderr, /has the checksum [0-9a-f]{64}, not f{64}/);
  const missing = await install("0.0.1");
  assert.equal(missing.exit, 69, missing.stderr);
  assert.match(missing.stderr, /v0\.0\.1\/SHA256SUMS cannot be fetched: it answers 404/);
  files.set(`/v1.0.0/SHA256SUMS`, Buffer.from(""));
  assert.equal((await install("1.0.0")).exit, 65);
  const gone = await runCli(["nats", "install", "--from", "http://127.0.0.1:1", "--dir", dir]);
  assert.equal(gone.exit, 69, gone.stderr);
  assert.deepEqual(existsSync(dir) ? readdirSync(dir) : [], []);
});

test("no release for a machine is told as that", () => {
  assert.throws(
    () => archiveName("2.10.27", "win32", "mips"),
    /no nats-server is released for win32/,
  );
});
