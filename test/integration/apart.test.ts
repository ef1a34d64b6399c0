/**
 * Work that takes its whole node along: it costs two nodes, then runs in a process of its own, where it
 * costs nothing but itself. Work that is innocent and was lost twice ends well there.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isAlive } from "../../src/host/process-alive.ts";
import { type JobHandle, type Rtl, type Table, tableToJson } from "../../src/index.ts";
import { ordersHeld } from "../support/orders-held.ts";
import { type Service, type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const env = { RTL_LEASE_MS: "900ms" };
const operations = [{ a: "x", b: 2, column: "y" }];
const say = (system: System, file: string) => writeFileSync(join(system.data, file), "");
const values = (table: Table, name: string) => tableToJson(table).columns[name]?.values ?? [];

/** The process in which this try of a deadly task runs. */
async function pidOf(system: System, name: string, attempt: number): Promise<number> {
  const read = (): number => {
    try {
      return Number(readFileSync(join(system.data, `${name}.try.${attempt}`), "utf8"));
    } catch {
      return 0;
    }
  };
  await waitUntil(() => read() > 0, `there was no try ${attempt}`, 30_000);
  return read();
}

/** Two tries, each of which ends with its node; each node is started again once both are gone. */
async function loseTwice(
  system: System,
  name: string,
  lose: (node: Service, attempt: number) => Promise<void>,
) {
  const held = await ordersHeld(system.url, system.server);
  const lost: Service[] = [];
  for (const attempt of [1, 2]) {
    const pid = await pidOf(system, name, attempt);
    const node = system.nodes.find((one) => one.pid === pid);
    assert.ok(node, `try ${attempt} did not run in a thread of a node`);
    // Of what nobody knew that the node had it, nobody could say that the node died of it.
    await waitUntil(() => held.get(node.id) === 1, `${node.id} does not say that it has the work`);
    await lose(node, attempt);
    lost.push(node);
  }
  assert.deepEqual(lost.map(({ id }) => id).sort(), ["node-1", "node-2"]);
  return Promise.all(lost.map(({ id }) => system.startNode({ id, threads: 2 })));
}

/** A job that runs on both nodes, until it is let go on. */
async function bystander(system: System, rtl: Rtl, name: string): Promise<JobHandle> {
  const wait = { tasks: [{ meet: { own: `${name}.here`, other: `${name}.over` } }] };
  const stages = {
    one: { ...wait, needs: [], where: { node: "node-1" } },
    two: {
      tasks: [{ meet: { own: `${name}.there`, other: `${name}.over` } }],
      needs: [],
      where: { node: "node-2" },
    },
  };
  const job = await rtl.submit({ stages }, { input: { x: [1, 2] } });
  const begun = (file: string) => waitUntil(() => isThere(system, file), `no ${file}`);
  await Promise.all([begun(`${name}.here`), begun(`${name}.there`)]);
  return job;
}

function isThere(system: System, file: string): boolean {
  try {
    readFileSync(join(system.data, file));
    return true;
  } catch {
    return false;
  }
}

const deadly = (by: string, name: string, waits: boolean) => ({
  stages: {
    die: {
      tasks: [{ die: { by, name, waits } }, { multiply: { operations } }],
      split: { chunks: 1 },
    },
  },
});

for (const [by, signal] of Object.entries({ segfault: "SIGSEGV", abort: "SIGABRT" })) {
  test(`work that ends its process by ${signal} costs two nodes and no more, and is poison`, async (t) => {
    const system = await startSystem(t, { nodes: [{ threads: 2 }, { threads: 2 }], env });
    const rtl = await system.connect();
    const job = await rtl.submit(deadly(by, by, true), { id: by, input: { x: [1] } });
    const nodes = await loseTwice(system, by, async (node, attempt) => {
      // It dies of its work, by itself; that is expected.
      say(system, `${by}.go.${attempt}`);
      await waitUntil(() => !node.alive(), `${node.id} lives on`);
      assert.equal(await node.kill("SIGKILL"), signal);
    });
    const other = await bystander(system, rtl, by);
    const third = await pidOf(system, by, 3);
    assert.ok(!nodes.some(({ pid }) => pid === third), "the third try is apart");
    say(system, `${by}.go.3`);
    const { failure } = await job.done();
    assert.equal(failure?.code, "RTL_WORK_POISON", JSON.stringify(failure));
    assert.equal(isAlive(third), false);
    system.assertAlive();
    say(system, `${by}.over`);
    const done = await other.done();
    assert.deepEqual([done.state, done.counts.retries], ["completed", 0]);

    const { attempts, reason } = await rtl.deadLetter(by);
    assert.equal(reason, "poison");
    assert.deepEqual(
      attempts.map(({ code }) => code),
      ["RTL_WORK_LOST", "RTL_WORK_LOST", "RTL_WORKER_ENDED"],
    );
    assert.equal(new Set(attempts.map(({ node }) => node)).size, 2);
    const last = attempts.at(-1)?.message ?? "";
    assert.match(last, new RegExp(`task die ended its process: .* signal ${signal}$`));
  });
}

test("work that was lost with two nodes and is innocent ends apart, with the right result", async (t) => {
  const system = await startSystem(t, { nodes: [{ threads: 2 }, { threads: 2 }], env });
  const rtl = await system.connect();
  const x = Float64Array.from({ length: 20_000 }, (_, row) => row);
  const job = await rtl.submit(deadly("exit", "innocent", true), { input: { x } });
  say(system, "innocent.healed");
  const nodes = await loseTwice(system, "innocent", async (node) => {
    assert.equal(await node.kill("SIGKILL"), "SIGKILL");
  });
  const third = await pidOf(system, "innocent", 3);
  assert.ok(!nodes.some(({ pid }) => pid === third), "the third try is apart");
  say(system, "innocent.go.3");
  const expected = Array.from(x, (value) => 2 * value);
  assert.deepEqual(values(await job.result(), "y"), expected);
  assert.deepEqual(await rtl.deadLetters(), []);
});

test("a process apart ends with its node, also when that is killed while a task is busy", async (t) => {
  const system = await startSystem(t, { nodes: [{ threads: 2 }, { threads: 2 }], env });
  const rtl = await system.connect();
  await rtl.submit(deadly("spin", "busy", false), { input: { x: [1] } });
  const nodes = await loseTwice(system, "busy", async (node) => {
    assert.equal(await node.kill("SIGKILL"), "SIGKILL");
  });
  const third = await pidOf(system, "busy", 3);
  assert.ok(!nodes.some(({ pid }) => pid === third), "the third try is apart");
  await Promise.all(nodes.map((node) => node.kill("SIGKILL")));
  await waitUntil(() => !isAlive(third), "the process outlives its node");
});
