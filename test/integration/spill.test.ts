/** Tasknodes whose tables are larger than their memory for them. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromContents } from "../../src/index.ts";
import { numbersIn } from "../support/orders.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const ROWS = 2_000_000;
const x = Float64Array.from({ length: ROWS }, (_, row) => (row * 7919) % ROWS);
const input = tableFromContents({ x });
/** 32 MB come out of the first stage, which all have to be there before the second begins. */
const document = {
  stages: {
    twice: {
      split: { rows: 100_000 },
      tasks: [{ multiply: { operations: [{ a: "x", b: 2, column: "y" }] } }],
    },
    all: { tasks: [{ sort: { by: ["x"] } }] },
  },
};
const memory = { RTL_BLOCK_MEMORY: "16MiB" };

const filesIn = (system: System): string[] => {
  const folder = join(system.data, "spill");
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
};
const isBlock = (name: string): boolean => name.includes("/");

test("tables larger than the memory for them go to disk and come back, and leave nothing there", async (t) => {
  const system = await startSystem(t, { nodes: [] });
  const env = { ...memory, RTL_SPILL_DIR: join(system.data, "spill") };
  await system.startNode({ threads: 2 }, env);
  const rtl = await system.connect();
  const job = await rtl.submit(document, { input, mode: "ephemeral" });
  await job.done();
  // The result alone has twice the bytes that memory may hold.
  assert.ok(filesIn(system).some(isBlock), "nothing was written");
  const result = await job.result();
  assert.equal(result.rows, ROWS);
  const [a, b] = [numbersIn(result, "x"), numbersIn(result, "y")];
  assert.ok(a.every((value, row) => value === row && b[row] === 2 * row));
  await waitUntil(() => !filesIn(system).some(isBlock), "blocks of a job that is over stay");
});

test("a job that needs more than there is fails and says so; the next one runs", async (t) => {
  const system = await startSystem(t, { nodes: [] });
  await system.startNode({ threads: 2 }, { ...memory, RTL_SPILL_MAX: "1MiB" });
  const rtl = await system.connect();
  const { twice, all } = document.stages;
  const once = { stages: { twice: { ...twice, retry: { attempts: 1 } }, all } };
  const job = await rtl.submit(once, { input });
  const { state, failure } = await job.done();
  assert.equal(state, "failed");
  assert.equal(failure?.code, "RTL_LIMIT_EXCEEDED");
  assert.match(failure?.message ?? "", /no room for a table of \d+ bytes/);
  const small = tableFromContents({ x: x.subarray(0, 100_000) });
  const next = await rtl.submit(document, { input: small });
  assert.equal((await next.result()).rows, 100_000);
});

test("what a killed node had on disk is removed when the next one starts", async (t) => {
  const system = await startSystem(t, { nodes: [] });
  const env = { ...memory, RTL_SPILL_DIR: join(system.data, "spill") };
  const node = await system.startNode({ threads: 2 }, env);
  const rtl = await system.connect();
  const job = await rtl.submit(document, { input });
  await job.done();
  assert.ok(filesIn(system).some(isBlock));
  await node.kill("SIGKILL");
  assert.ok(filesIn(system).some(isBlock));
  await system.startNode({ threads: 2 }, env);
  assert.deepEqual(filesIn(system).filter(isBlock), []);
});
