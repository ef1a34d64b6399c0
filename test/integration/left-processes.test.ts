// What a tasknode leaves behind on its machine: nothing that its next life, or its end, does not end.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isAlive } from "../../src/host/process-alive.ts";
import { startSystem, testTasks } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const KINDS = ["child", "deaf", "orphan"];

test("a node that is killed leaves processes, which its next life ends before it works", async (t) => {
  const threads = { threads: 1, tasks: testTasks };
  const system = await startSystem(t, { nodes: [threads, threads] });
  const rtl = await system.connect();
  const filesOf = (node: string) => join(system.data, `${node}.pids`);
  const pidsOf = (node: string) =>
    existsSync(filesOf(node))
      ? readFileSync(filesOf(node), "utf8").trim().split("\n").map(Number)
      : [];
  t.after(() => {
    for (const { id } of system.nodes) {
      for (const pid of pidsOf(id).filter(isAlive)) process.kill(pid, "SIGKILL");
    }
  });
  const broods = await Promise.all(
    ["node-1", "node-2"].map((node) =>
      rtl.submit({
        stages: {
          all: { where: { node }, tasks: [{ brood: { pids: filesOf(node), kinds: KINDS } }] },
        },
      }),
    ),
  );
  const started = (node: string) => pidsOf(node).filter(isAlive).length === KINDS.length;
  await waitUntil(() => started("node-1") && started("node-2"), "the processes did not start");
  const left = pidsOf("node-1");
  await system.nodes[0]?.kill("SIGKILL");
  assert.deepEqual(left.map(isAlive), [true, true, true], "they died with the node");
  await Promise.all(broods.map((job) => job.cancel({ graceMs: 0 })));
  const next = await system.startNode({ id: "node-1", ...threads });
  assert.deepEqual(left.map(isAlive), [false, false, false]);
  assert.match(next.log(), /processes of an earlier life of this node were ended/);
  for (const job of broods)
    assert.equal((await job.done({ timeoutMs: 20_000 })).state, "cancelled");
  assert.deepEqual(pidsOf("node-2").filter(isAlive), []);
});

test("a node that is told to stop while a task will not end takes the task's processes along", async (t) => {
  const system = await startSystem(t, {
    nodes: [{ threads: 1, tasks: testTasks }],
    env: { RTL_STOP_WAIT: "300ms", RTL_GRACE_MS: "50" },
  });
  const rtl = await system.connect();
  const file = join(system.data, "pids");
  await rtl.submit({ 0: { tasks: { brood: { pids: file, kinds: KINDS, next: "spins" } } } });
  const pids = () =>
    existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
  t.after(() => {
    for (const pid of pids().filter(isAlive)) process.kill(pid, "SIGKILL");
  });
  await waitUntil(() => pids().filter(isAlive).length === KINDS.length, "they did not start");
  await system.nodes[0]?.kill("SIGTERM");
  assert.deepEqual(pids().filter(isAlive), []);
});
