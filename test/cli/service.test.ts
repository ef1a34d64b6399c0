/** `rtl service`: the units that it writes, as systemd itself judges them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { projectRoot, runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const SCORE_MAX = 2;
const units = ["rtl-nats.service", "rtl-relay.service", "rtl-tasknode@.service", "rtl.target"];

async function installed(t: TestContext, ...args: string[]) {
  const root = tempFolder(t);
  const done = await runCli(["service", "install", "--root", root, ...args]);
  assert.equal(done.exit, 0, done.stderr);
  return { root, folder: join(root, "etc/systemd/system"), said: done.stdout };
}

const analyze = (...args: string[]) => {
  // For the units of a user it wants to know where that user's sockets are.
  const env = { ...process.env, XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] ?? tmpdir() };
  const options = { encoding: "utf8", env } as const;
  const { status, stdout, stderr } = spawnSync("systemd-analyze", args, options);
  return { status, output: `${stdout}${stderr}` };
};

test("systemd finds no fault in the units, and next to nothing that they could do without", async (t) => {
  const { folder } = await installed(t);
  assert.deepEqual(readdirSync(folder).sort(), units);
  const paths = units.map((name) => join(folder, name));
  assert.deepEqual(analyze("verify", "--man=no", ...paths), { status: 0, output: "" });
  for (const path of paths.filter((one) => one.endsWith(".service"))) {
    const { output } = analyze("security", "--offline=true", path);
    const score = Number(/exposure level for \S+: ([\d.]+)/.exec(output)?.[1]);
    assert.ok(score <= SCORE_MAX, `${path}: ${score}`);
  }
});

test("a tasknode with sensors is still confined, and sees no other devices", async (t) => {
  const { folder } = await installed(t, "--role", "tasknode");
  const dropIns = join(folder, "rtl-tasknode@.service.d");
  mkdirSync(dropIns);
  const sensor = readFileSync(join(projectRoot, "deploy/systemd/sensor.conf"), "utf8");
  writeFileSync(join(dropIns, "sensor.conf"), sensor);
  const path = join(folder, "rtl-tasknode@.service");
  assert.deepEqual(analyze("verify", "--man=no", path), { status: 0, output: "" });
  const { output } = analyze("security", "--offline=true", path);
  assert.ok(Number(/exposure level for \S+: ([\d.]+)/.exec(output)?.[1]) <= SCORE_MAX, output);
});

test("units name this installation by absolute places, and read the settings that are installed", async (t) => {
  const { root, folder } = await installed(t);
  for (const [name, main] of [
    ["rtl-relay.service", "relay"],
    ["rtl-tasknode@.service", "tasknode"],
  ] as const) {
    const text = readFileSync(join(folder, name), "utf8");
    const [, node = "", program = ""] = /^ExecStart=(\S+) (\S+)$/m.exec(text) ?? [];
    assert.equal(node, process.execPath);
    assert.equal(program, join(projectRoot, `dist/src/${main}/main.js`));
    assert.match(text, /^EnvironmentFile=-\/etc\/rtl\/rtl\.env$/m);
  }
  const settings = readFileSync(join(root, "etc/rtl/rtl.env"), "utf8");
  assert.equal(settings, readFileSync(join(projectRoot, "deploy/rtl.env.example"), "utf8"));
  assert.ok(existsSync(join(root, "etc/rtl/nats.conf")));
});

test("installed again, units are renewed and settings stay; uninstalled, units go and settings stay", async (t) => {
  const { root, folder } = await installed(t);
  const settings = join(root, "etc/rtl/rtl.env");
  const relay = join(folder, "rtl-relay.service");
  writeFileSync(settings, "RTL_THREADS=3\n");
  writeFileSync(relay, "old");
  const again = await runCli(["service", "install", "--root", root, "--creds", "/etc/rtl/a.creds"]);
  assert.equal(again.exit, 0, again.stderr);
  assert.equal(readFileSync(settings, "utf8"), "RTL_THREADS=3\n");
  assert.match(readFileSync(relay, "utf8"), /^\[Unit\]$/m);
  const dropIn = join(folder, "rtl-relay.service.d/credentials.conf");
  assert.equal(
    readFileSync(dropIn, "utf8"),
    "[Service]\nLoadCredential=nats.creds:/etc/rtl/a.creds\n",
  );
  const gone = await runCli(["service", "uninstall", "--root", root, "--json"]);
  assert.equal(gone.exit, 0, gone.stderr);
  assert.equal((JSON.parse(gone.stdout) as { files: string[] }).files.length, units.length);
  assert.deepEqual(readdirSync(folder), []);
  assert.ok(existsSync(settings));
  const none = await runCli(["service", "uninstall", "--root", root]);
  assert.deepEqual([none.exit, none.stdout], [0, ""]);
  assert.match(none.stderr, /no units of rtl were there/);
});

test("units are printed, for one role or all, and a dry run writes nothing", async (t) => {
  const all = await runCli(["service", "print"]);
  for (const name of units) assert.ok(all.stdout.includes(`# /etc/systemd/system/${name}\n`));
  const one = await runCli(["service", "print", "--role", "relay", "--json"]);
  assert.deepEqual(
    (JSON.parse(one.stdout) as { path: string }[]).map(({ path }) => path),
    ["/etc/systemd/system/rtl.target", "/etc/systemd/system/rtl-relay.service"],
  );
  const root = tempFolder(t);
  const dry = await runCli(["service", "install", "--root", root, "--dry-run"]);
  assert.match(dry.stdout, /^\/etc\/systemd\/system\/rtl-nats\.service$/m);
  assert.deepEqual(readdirSync(root), []);
});

test("where nobody may write, that is said, with what to do", async (t) => {
  const root = tempFolder(t);
  // A file where a folder would have to be stops root as well.
  writeFileSync(join(root, "etc"), "");
  const refused = await runCli(["service", "install", "--root", root]);
  assert.equal(refused.exit, 73);
  assert.match(refused.stderr, /cannot be written/);
  const wrong = await runCli(["service", "install", "--role", "worker"]);
  assert.equal(wrong.exit, 2);
});

test("units of a user need nothing of the machine's, and systemd finds no fault in them", async (t) => {
  const config = tempFolder(t);
  const env = { XDG_CONFIG_HOME: config };
  const root = tempFolder(t);
  const given = ["--user", "--root", root];
  const done = await runCli(["service", "install", ...given], { env });
  assert.equal(done.exit, 0, done.stderr);
  const folder = join(root, config, "systemd/user");
  assert.deepEqual(readdirSync(folder).sort(), units);
  assert.deepEqual(readdirSync(join(root, config, "rtl")).sort(), ["nats.conf", "rtl.env"]);
  const paths = units.map((name) => join(folder, name));
  assert.deepEqual(analyze("verify", "--user", "--man=no", ...paths), { status: 0, output: "" });
  for (const path of paths) {
    const text = readFileSync(path, "utf8");
    assert.doesNotMatch(
      text,
      /\/etc\/rtl|\/var\/|=\/run\/|multi-user|network-online|DynamicUser|Protect/,
    );
  }
  assert.match(
    readFileSync(join(folder, "rtl-relay.service"), "utf8"),
    /^EnvironmentFile=-%E\/rtl\/rtl.env$/m,
  );
  const gone = await runCli(["service", "uninstall", ...given], { env });
  assert.equal(gone.exit, 0, gone.stderr);
  assert.deepEqual(readdirSync(folder), []);
});
