/** `rtl doctor` and `rtl node`, on a system that is well and on ones that are not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "nats";
import { runCli } from "../support/run-cli.ts";
import { startSystem } from "../support/system.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const system = await startSystem(undefined, {
  nodes: [
    { id: "pi-1", threads: 2, labels: { site: "lab" } },
    { id: "pi-2", threads: 1 },
  ],
});
const env = { NATS_URL: system.url };

interface Told {
  readonly ok: boolean;
  readonly failed: number;
  readonly checks: readonly {
    readonly number: number;
    readonly name: string;
    readonly verdict: string;
    readonly found: string;
    readonly fix?: string;
  }[];
}

async function doctor(env: Readonly<Record<string, string | undefined>>) {
  const { exit, stdout } = await runCli(["doctor", "--json"], { env });
  const told = JSON.parse(stdout) as Told;
  const of = (name: string) => {
    const found = told.checks.find((check) => check.name === name);
    assert.ok(found, name);
    return found;
  };
  return { exit, told, of };
}

test("a system that is well has nothing that fails, and every question has a number", async () => {
  const { exit, told, of } = await doctor(env);
  assert.equal(exit, 0);
  assert.deepEqual([told.ok, told.failed], [true, 0]);
  assert.deepEqual(
    told.checks.map(({ number }) => number),
    told.checks.map((_, at) => at + 1),
  );
  for (const name of [
    "Node",
    "nats-server",
    "task libraries",
    "bus",
    "JetStream",
    "message size",
  ]) {
    assert.equal(of(name).verdict, "ok", name);
  }
  assert.equal(of("clocks").found, "all within a second of the relay's");
  assert.equal(of("ports").verdict, "none");
  assert.equal(of("relays").found, "1: relay-1");
  assert.equal(of("tasknodes").found, "2 with 3 slots");
  const { exit: shown, stdout } = await runCli(["doctor"], { env });
  assert.equal(shown, 0);
  assert.match(stdout, /^ 1\. ok {4}Node {12}\d+\.\d+\.\d+$/m);
});

test("what is wrong fails, says what to do, and makes the exit code 1", async (t) => {
  const silent = await doctor({ NATS_URL: "nats://127.0.0.1:1" });
  assert.equal(silent.exit, 1);
  assert.deepEqual(
    [silent.of("bus").verdict, silent.of("bus").fix],
    [
      "fail",
      "start one with `rtl start`, or correct NATS_URL: NATS_URL or --server names a running one",
    ],
  );
  assert.equal(silent.of("tasknodes").verdict, "none");

  const alone = await startSystem(t, { relays: 1, nodes: [] });
  const { exit, of } = await doctor({ NATS_URL: alone.url });
  assert.deepEqual([exit, of("tasknodes").verdict], [1, "fail"]);

  const folder = tempFolder(t);
  const [open, tasks] = [join(folder, "open"), join(folder, "tasks")];
  for (const one of [open, tasks]) mkdirSync(one);
  chmodSync(open, 0o755);
  writeFileSync(join(tasks, "broken.js"), "export default {{{");
  const odd = await doctor({
    ...env,
    RTL_RUNTIME_DIR: open,
    RTL_TASKS: tasks,
    RTL_DATA_ROOTS: join(folder, "nowhere"),
  });
  assert.equal(odd.exit, 1);
  assert.deepEqual(
    ["sockets", "task libraries", "data folders"].map((name) => odd.of(name).verdict),
    ["warn", "warn", "fail"],
  );
  assert.match(odd.of("task libraries").found, /broken\.js/);
});

test("a wrong variable is told before anything is looked at", async () => {
  const { exit, stderr } = await runCli(["doctor"], { env: { RTL_THREADS: "many" } });
  assert.equal(exit, 78);
  assert.match(stderr, /RTL_THREADS=many/);
});

test("the nodes are listed, with their slots, for people and for programs", async () => {
  const { exit, stdout, stderr } = await runCli(["node", "ls"], { env });
  assert.equal(exit, 0);
  assert.match(stdout, /^NODE +STATE +BUSY +SLOTS +HOST +STARTED\npi-1 +ready +0 +2 +/);
  assert.match(stderr, /^relays: relay-1$/m);
  const names = await runCli(["node", "ls", "-o", "name"], { env });
  assert.equal(names.stdout, "pi-1\npi-2\n");
  const wide = await runCli(["node", "ls", "-o", "wide"], { env });
  assert.match(wide.stdout, /site=lab/);
  const json = JSON.parse((await runCli(["node", "ls", "--json"], { env })).stdout);
  assert.deepEqual(
    json.map(({ node, slots }: Record<string, unknown>) => [node, slots]),
    [
      ["pi-1", 2],
      ["pi-2", 1],
    ],
  );
});

test("one node is explained with its tasks; one that is not there is answered with the nearest", async () => {
  const { exit, stdout } = await runCli(["node", "describe", "pi-1"], { env });
  assert.equal(exit, 0);
  assert.match(stdout, /^labels +site=lab$/m);
  assert.match(stdout, /^tasks +\d+: .*filterRows/m);
  const wrong = await runCli(["node", "describe", "pi-3"], { env });
  assert.equal(wrong.exit, 66);
  assert.match(wrong.stderr, /Fix: did you mean: rtl node describe pi-[12]/);
});

test("a port that is said and that somebody else has is told", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const taken = await doctor({ ...env, RTL_HTTP_LISTEN: `127.0.0.1:${port}` });
  assert.equal(taken.of("ports").verdict, "warn");
  assert.match(taken.of("ports").found, /somebody else listens/);
  const elsewhere = await doctor({ ...env, RTL_BLOCK_LISTEN: "192.0.2.1:4999" });
  assert.match(elsewhere.of("ports").found, /RTL_BLOCK_LISTEN=192.0.2.1:4999: EADDRNOTAVAIL/);
});

test("a node whose clock is wrong is named, with by how much", async (t) => {
  const bus = await connect({ servers: system.url });
  t.after(() => bus.close());
  const beat = { v: 1, node: "late", pool: "odd", slots: 1, at: Date.now() - 60_000 };
  const say = () =>
    bus.publish("rtl.v1.node.late.beat", new TextEncoder().encode(JSON.stringify(beat)));
  const told = async () => {
    say();
    const { of } = await doctor(env);
    return of("clocks").verdict === "warn" && /late by .*, behind/.test(of("clocks").found);
  };
  await waitUntil(told, "it is not told");
});
