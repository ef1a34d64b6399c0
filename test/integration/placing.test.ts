/** Where work goes: to the node that holds its input, and once more elsewhere when it takes far too long. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromContents } from "../../src/index.ts";
import { numbersIn } from "../support/orders.ts";
import { bundle, startSystem, testTasks } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const tasks = [bundle, ...testTasks];

test("what is slow on one node is done by another, and ended where it was slow", async (t) => {
  const system = await startSystem(t, {
    nodes: [
      { threads: 1, tasks },
      { threads: 1, tasks },
    ],
  });
  const rtl = await system.connect();
  const x = Float64Array.from({ length: 8 }, (_, row) => row);
  const stage = { split: { rows: 1 }, tasks: [{ straggle: { name: "one" } }] };
  const job = await rtl.submit({ stages: { all: stage } }, { input: tableFromContents({ x }) });
  const { state, counts } = await job.done({ timeoutMs: 30_000 });
  assert.equal(state, "completed");
  assert.equal(counts.attempts, 9, "one piece went out twice");
  assert.equal(counts.retries, 0, "and costs nobody an attempt");
  assert.deepEqual(numbersIn(await job.result()), [...x]);
  const ended = join(system.data, "one.ended");
  await waitUntil(() => existsSync(ended), "the slow one is still at it");
});

test("work goes to the node that holds its input", async (t) => {
  const system = await startSystem(t, {
    nodes: [
      { threads: 2, tasks },
      { threads: 2, tasks },
    ],
  });
  const rtl = await system.connect();
  for (const node of ["node-1", "node-2", "node-1", "node-2", "node-2", "node-1", "node-2"]) {
    const made = { where: { node }, tasks: [{ inflate: { rows: 500_000 } }] };
    const sorted = { tasks: [{ sort: { by: ["x"] } }] };
    const job = await rtl.submit({ stages: { made, sorted } }, { mode: "ephemeral" });
    assert.equal((await job.result()).rows, 500_000);
    const { stages } = await job.done();
    assert.deepEqual(
      stages.map((stage) => Object.keys(stage.nodes)),
      [[node], [node]],
    );
  }
});
