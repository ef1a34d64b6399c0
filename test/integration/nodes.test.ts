/**
 * Nodes that come, go, die and change, and the parts of a system that are missing: work finds its
 * place, or its submitter learns at once why it cannot.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect, type JobHandle, type Rtl, type Table } from "../../src/index.ts";
import { failureOf } from "../support/failures.ts";
import { startSystem } from "../support/system.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const numbers = (table: Table, name: string): number[] => {
  const column = table.column(name);
  return column.kind === "numeric" ? Array.from(column.values, Number) : [];
};
const counting = (rows: number) => Float64Array.from({ length: rows }, (_, row) => row);
const none = { stages: { all: { tasks: ["null"] } } };
const stageStarted = async (job: JobHandle): Promise<void> => {
  for await (const event of job.watch()) if (event.type === "stage.started") return;
};
const nodesOf = async (rtl: Rtl, where: object): Promise<string[]> => {
  const document = { stages: { all: { tasks: ["null"], where, split: { rows: 10 } } } };
  const job = await rtl.submit(document, { input: { x: counting(100) } });
  const { stages, state, failure } = await job.done({ timeoutMs: 20_000 });
  assert.equal(state, "completed", JSON.stringify(failure));
  return Object.keys(stages[0]?.nodes ?? {}).sort();
};

test("a stage runs on the node that it names, or on nodes with its labels", async (t) => {
  const system = await startSystem(t, {
    nodes: [
      { threads: 1, labels: { site: "lab", gpio: "yes" } },
      { threads: 1, labels: { site: "lab" } },
      { threads: 1, labels: { site: "barn" } },
    ],
  });
  const rtl = await system.connect();
  assert.deepEqual(await nodesOf(rtl, { node: "node-2" }), ["node-2"]);
  assert.deepEqual(await nodesOf(rtl, { labels: { gpio: "yes" } }), ["node-1"]);
  assert.deepEqual(await nodesOf(rtl, { labels: { site: "barn" } }), ["node-3"]);
  const nowhere = { stages: { all: { tasks: ["null"], where: { labels: { site: "moon" } } } } };
  const error = await failureOf(rtl.submit(nowhere).then((job) => job.result()));
  assert.match(JSON.stringify(error.toFailure()), /moon|site|placed|node/);
});

test("the work of a node that is killed goes to another, and the result is whole", async (t) => {
  const system = await startSystem(t, {
    nodes: [{ threads: 2 }, { threads: 2 }],
    env: { RTL_LEASE_MS: "600ms" },
  });
  const rtl = await system.connect();
  const operations = [{ a: "x", b: 2, column: "y" }];
  const document = {
    stages: {
      all: {
        tasks: [{ gate: { file: "gate" } }, { multiply: { operations } }],
        split: { rows: 25 },
      },
    },
  };
  const x = counting(100);
  const job = await rtl.submit(document, { input: { x } });
  const busy = async () => (await rtl.nodes()).nodes.filter((node) => node.busy > 0).length === 2;
  await waitUntil(busy, "not both nodes got work");
  assert.equal(await system.nodes[0]?.kill("SIGKILL"), "SIGKILL");
  writeFileSync(join(system.data, "gate"), "");
  const table = await job.result({ timeoutMs: 30_000 });
  assert.deepEqual(
    numbers(table, "y"),
    [...x].map((value) => 2 * value),
  );
  assert.ok((await job.done()).counts.attempts > 4);
});

test("a node that is told to leave finishes its work, and nothing is tried twice", async (t) => {
  const system = await startSystem(t, { nodes: [{ threads: 1 }, { threads: 1 }] });
  const rtl = await system.connect();
  const document = { stages: { all: { tasks: [{ gate: { file: "go" } }], split: { rows: 1 } } } };
  const job = await rtl.submit(document, { input: { x: [1, 2, 3, 4] } });
  await stageStarted(job);
  const left = system.nodes[1]?.kill("SIGTERM");
  const draining = async () =>
    (await rtl.nodes()).nodes.every(({ node, draining }) => node !== "node-2" || draining);
  await waitUntil(draining, "the node does not say that it leaves");
  writeFileSync(join(system.data, "go"), "");
  assert.deepEqual(numbers(await job.result(), "x"), [1, 2, 3, 4]);
  assert.equal(await left, 0);
  assert.equal((await job.done()).counts.retries, 0);
  const gone = async () => (await rtl.nodes()).nodes.every(({ node }) => node !== "node-2");
  await waitUntil(gone, "the node is still listed");
  assert.equal((await (await rtl.submit(none)).result()).rows, 1);
});

test("a task file that is dropped into the folder can be called, without a restart", async (t) => {
  const folder = tempFolder(t);
  const system = await startSystem(t, { nodes: [{ threads: 1, tasks: [folder] }] });
  const rtl = await system.connect();
  const document = { 0: { tasks: { dropped: {} } } };
  await failureOf(rtl.submit(document));
  const taskModule = new URL("../../src/task/index.js", import.meta.url).href;
  writeFileSync(
    join(folder, "dropped.mjs"),
    `import { defineTask, z } from ${JSON.stringify(taskModule)};
     export default defineTask({ name: "dropped", summary: "New.", shape: "map",
       params: z.looseObject({}), example: {}, run: (table) => table });`,
  );
  const known = async () => (await rtl.tasks()).some(({ name }) => name === "dropped");
  await waitUntil(known, "the task is not offered");
  assert.equal((await (await rtl.submit(document)).result()).rows, 1);
});

test("the setting for the size of chunks changes their number and not the result", async (t) => {
  const system = await startSystem(t, { relays: 0, nodes: [{ threads: 2 }] });
  const rtl = await system.connect();
  const x = counting(1_000);
  const document = {
    stages: { all: { tasks: [{ average: { operations: [{ a: "x", column: "mean" }] } }] } },
  };
  for (const [rows, chunks] of [
    ["100", 10],
    ["1000", 1],
  ] as const) {
    const relay = await system.startRelay({ RTL_CHUNK_ROWS: rows });
    const job = await rtl.submit(document, { input: { x } });
    const table = await job.result();
    const { stages } = await job.done();
    assert.equal(stages[0]?.chunks, chunks);
    assert.deepEqual(numbers(table, "x"), [...x]);
    assert.deepEqual(new Set(numbers(table, "mean")), new Set([499.5]));
    await relay.kill("SIGTERM");
  }
});

test("what is missing is said at once: a relay, a tasknode, the bus", async (t) => {
  const system = await startSystem(t, { relays: 0, nodes: [] });
  const rtl = await system.connect();
  for (const mode of ["durable", "ephemeral"] as const) {
    const error = await failureOf(
      rtl.submit(none, { mode }).then((job) => job.result()),
      "RTL_NO_RELAY",
    );
    assert.match(error.fix ?? "", /rtl start/);
  }
  await failureOf(rtl.tasks(), "RTL_NO_RELAY");
  await system.startRelay();
  for (const mode of ["durable", "ephemeral"] as const) {
    await failureOf(
      rtl.submit(none, { mode }).then((job) => job.result()),
      "RTL_NO_TASKNODE",
    );
  }
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => free.once("listening", resolve));
  const address = free.address();
  await new Promise((resolve) => free.close(resolve));
  assert.ok(typeof address === "object" && address !== null);
  const servers = `nats://me:secret@127.0.0.1:${address.port}`;
  const error = await failureOf(connect({ servers }), "RTL_BUS_UNREACHABLE");
  assert.doesNotMatch(error.message, /secret/);
});
