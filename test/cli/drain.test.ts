/** `rtl node drain` and `resume`: nothing runs where nothing is to run, and nothing is lost for it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCli, startCli } from "../support/run-cli.ts";
import { startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

test("a drained node finishes what it has, others get the rest, and resumed it works again", async (t) => {
  const system = await startSystem(t, {
    nodes: [
      { id: "pi-1", threads: 1 },
      { id: "pi-2", threads: 1 },
    ],
  });
  const env = { NATS_URL: system.url };
  const rtl = await system.connect();
  const on = (node: string, task: object) => ({
    stages: { all: { where: { node }, tasks: [task] } },
  });
  const busy = await rtl.submit(on("pi-1", { gate: { file: "go" } }));
  await waitUntil(
    async () => (await rtl.nodes()).nodes.some(({ busy: at }) => at === 1),
    "it does not begin",
  );

  const told = await runCli(["node", "drain", "pi-1", "--json"], { env });
  assert.deepEqual(JSON.parse(told.stdout), { node: "pi-1", draining: true, held: 1 });
  const { stdout } = await runCli(["node", "ls"], { env });
  assert.match(stdout, /^pi-1 +leaving +1 +1 /m);
  const late = await runCli(["node", "drain", "pi-1", "--wait", "--timeout", "1ms"], { env });
  assert.equal(late.exit, 124);
  assert.match(late.stderr, /1 orders still run on pi-1/);

  for (let job = 0; job < 3; job++) {
    const { stages } = await (await rtl.submit({ stages: { all: { tasks: ["null"] } } })).done({
      timeoutMs: 20_000,
    });
    assert.deepEqual(Object.keys(stages[0]?.nodes ?? {}), ["pi-2"]);
  }
  const waiting = startCli(["node", "drain", "pi-1", "--wait"], { env });
  await waiting.saw("1 orders still run there");
  writeFileSync(join(system.data, "go"), "");
  assert.equal((await waiting.ended).exit, 0);
  assert.equal((await busy.done({ timeoutMs: 20_000 })).state, "completed");

  const pinned = await rtl.submit(on("pi-1", { null: {} }));
  assert.equal((await runCli(["node", "resume", "pi-1"], { env })).exit, 0);
  assert.equal((await pinned.done({ timeoutMs: 20_000 })).state, "completed");
});

test("a node that is not there cannot be drained", async (t) => {
  const system = await startSystem(t, { nodes: [{ id: "pi-1", threads: 1 }] });
  const env = { NATS_URL: system.url };
  for (const verb of ["drain", "resume"]) {
    const { exit, stderr } = await runCli(["node", verb, "pi-2"], { env });
    assert.equal(exit, 66);
    assert.match(stderr, /no node is named "pi-2"[\s\S]*did you mean "pi-1"/);
  }
});
