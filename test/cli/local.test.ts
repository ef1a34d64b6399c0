/** Systems of one's own: for one job alone, in parts, and the configuration of a server for one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findNatsServer } from "../../src/host/nats-server.ts";
import { jobOf, writeOddTasks } from "../support/cli-system.ts";
import { withNatsServer } from "../support/nats-server.ts";
import { runCli, startCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const sum = "{0: {tasks: {sum: {columns: [x]}}}}";

test("a job runs on a system of its own, and nothing of that is left", async (t) => {
  const folder = tempFolder(t);
  const [input, job] = [join(folder, "x.json"), join(folder, "job.yaml")];
  writeFileSync(input, JSON.stringify([{ x: 1 }, { x: 2.5 }]));
  writeFileSync(job, sum);
  const temporary = tempFolder(t);
  // A bus that is named, but is none: this one is not asked for.
  const env = { TMPDIR: temporary, NATS_URL: "nats://127.0.0.1:1" };
  const done = await runCli(["run", job, "--local", "-i", input, "--format", "json"], { env });
  assert.equal(done.exit, 0, done.stderr);
  assert.match(done.stdout, /"values":\[1,2\.5\]/);
  assert.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith("rtl-local-")),
    [],
  );
});

test("a system of one's own ends with a command that is killed", async (t) => {
  const folder = tempFolder(t);
  const [temporary, job] = [tempFolder(t), join(folder, "job.yaml")];
  writeFileSync(job, jobOf("nap"));
  writeOddTasks(folder);
  const given = ["run", job, "--local", "--tasks", folder];
  const env = { TMPDIR: temporary, RTL_STOP_WAIT: "1s" };
  const running = startCli(given, { env }, t);
  const own = () => readdirSync(temporary).find((name) => name.startsWith("rtl-local-"));
  await waitUntil(() => {
    const name = own();
    return name !== undefined && existsSync(join(temporary, name, "services.json"));
  }, "it does not start");
  running.child.kill("SIGKILL");
  await running.ended;
  await waitUntil(() => own() === undefined, "it lives on");
});

test("what belongs to a system of one's own is refused without one", async () => {
  const { exit, stderr } = await runCli(["run", "-", "--data-root", "/tmp"], { input: sum });
  assert.equal(exit, 2);
  assert.match(stderr, /--local/);
  const both = await runCli(["run", "-", "--local", "-s", "nats://h:4222"], { input: sum });
  assert.equal(both.exit, 2);
});

test("a machine starts only those of the services that it is told, on a bus elsewhere", async (t) => {
  const server = await withNatsServer(t);
  const env = { RTL_STATE_DIR: tempFolder(t) };
  const alone = await runCli(["start", "--role", "tasknode"], { env });
  assert.equal(alone.exit, 2, alone.stderr);
  assert.match(alone.stderr, /--server/);
  const given = ["start", "--server", server.url, "--threads", "1", "--json"];
  t.after(() => runCli(["stop"], { env }));
  const relay = await runCli([...given, "--role", "relay"], { env });
  assert.equal(relay.exit, 0, relay.stderr);
  const roles = JSON.parse(relay.stdout).services.map(({ role }: { role: string }) => role);
  assert.deepEqual(roles, ["relay"]);
});

test("the configuration that is printed is one that the server takes", async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, "nats.conf");
  const given = ["--store", join(folder, "store"), "--max-file", "3GB", "--max-memory", "64MB"];
  const written = await runCli(["nats", "configure", ...given, "--out", file]);
  assert.deepEqual([written.exit, written.stdout], [0, `${file}\n`], written.stderr);
  const program = findNatsServer().path ?? assert.fail("there is no nats-server");
  const tried = spawnSync(program, ["-t", "-c", file], { encoding: "utf8" });
  assert.equal(tried.status, 0, tried.stderr);
  assert.match(readFileSync(file, "utf8"), /max_file: 3GB/);
  const open = await runCli(["nats", "configure", "--listen", "0.0.0.0:4333"]);
  assert.match(open.stdout, /^host: "0.0.0.0"\nport: 4333$/m);
  assert.match(open.stderr, /cluster init/);
  for (const wrong of [
    ["--listen", "4222"],
    ["--listen", "h:99999"],
    ["--max-file", "lots"],
  ]) {
    assert.equal((await runCli(["nats", "configure", ...wrong])).exit, 2, wrong.join(" "));
  }
  const refused = await runCli(["nats", "configure", "--out", join(folder, "no/where.conf")]);
  assert.equal(refused.exit, 73);
});
