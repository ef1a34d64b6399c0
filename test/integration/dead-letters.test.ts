/** Work that nobody could do: what is kept of it, that nothing else suffers, and handing it in again. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import { type JobHandle, type Rtl, type Table, tableToJson } from "../../src/index.ts";
import { routes } from "../../src/protocol/routes.ts";
import { failureOf } from "../support/failures.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const silent = createLog({ logLevel: "silent", logFormat: "json" });
const ROWS = 20_000;
/** More than fits into a record: the store keeps it beside it. */
const large = { x: Float64Array.from({ length: ROWS }, (_, row) => row) };
const operations = [{ a: "x", b: 2, column: "y" }];
const deadly = (name: string, params: object = {}) => ({
  name: "doomed",
  stages: {
    die: {
      tasks: [{ die: { by: "exit", name, ...params } }, { multiply: { operations } }],
      split: { chunks: 1 },
    },
  },
});

const say = (system: System, file: string) => writeFileSync(join(system.data, file), "");
const values = (table: Table, name: string) => tableToJson(table).columns[name]?.values ?? [];

/** How many orders each node has in hand, as its beats say. */
async function ordersHeld(system: System): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  const bus = await connectBus({ servers: [system.url], id: "listener", log: silent });
  system.server.after(() => bus.drain());
  bus.subscribe(routes.nodeBeat, { node: "*" }, (beat) => {
    held.set(beat.node, beat.held.length);
  });
  return held;
}

/**
 * Lets a job die on both nodes of a system with one slot each: while it is in the hands of the first,
 * other work waits there, so that only the second is free for its next try.
 */
async function dieOnBoth(system: System, rtl: Rtl, job: JobHandle, name: string) {
  const held = await ordersHeld(system);
  await waitUntil(() => [...held.values()].includes(1), "no node has the work");
  const first = [...held].find(([, orders]) => orders === 1)?.[0] ?? "";
  const other = await rtl.submit(
    {
      stages: {
        wait: { tasks: [{ gate: { file: `${name}.over` } }], where: { node: first } },
        twice: { tasks: [{ multiply: { operations } }] },
      },
    },
    { input: { x: [1, 2] } },
  );
  await waitUntil(() => held.get(first) === 2, `no other work waits at ${first}`);
  say(system, `${name}.go`);
  const done = await job.done();
  say(system, `${name}.over`);
  return { done, other };
}

test("poison leaves a letter with its evidence, hurts nothing else, and can be tried again", async (t) => {
  const system = await startSystem(t, { nodes: [{ threads: 1 }, { threads: 1 }] });
  const rtl = await system.connect();
  assert.deepEqual(await rtl.deadLetters(), []);
  const document = deadly("one", { waitsFrom: 1 });
  const job = await rtl.submit(document, { id: "doomed-1", input: large });
  const { done, other } = await dieOnBoth(system, rtl, job, "one");

  // The letter is there as soon as the failure is.
  const letter = await rtl.deadLetter("doomed-1");
  assert.equal(done.failure?.code, "RTL_WORK_POISON", JSON.stringify(done.failure));
  assert.match(done.failure?.fix ?? "", /rtl dead show doomed-1/);
  const { attempts, spec: _spec, ...facts } = letter;
  assert.deepEqual(attempts.map(({ node }) => node).sort(), ["node-1", "node-2"]);
  for (const [index, { attempt, code, message, at }] of attempts.entries()) {
    assert.deepEqual({ attempt, code }, { attempt: index + 1, code: "RTL_WORKER_ENDED" });
    assert.match(message, /task die ended its thread: it ended itself with exit code 7/);
    assert.ok(at <= letter.at);
  }
  const { job: id, name, reason, stage, chunk, range, client } = facts;
  assert.deepEqual(
    { id, name, reason, stage, chunk, range, client },
    {
      id: "doomed-1",
      name: "doomed",
      reason: "poison",
      stage: "die",
      chunk: 0,
      range: { start: 0, end: ROWS },
      client: rtl.name,
    },
  );
  assert.deepEqual(
    facts.calls.map(({ task }) => task),
    ["die", "multiply"],
  );
  assert.equal(facts.inputs[0]?.rows, ROWS);
  assert.deepEqual(values(await other.result(), "y"), [2, 4]);
  system.assertAlive();

  // The fault is put right; the document and its input are handed in again, by somebody else.
  say(system, "one.healed");
  const another = await system.connect();
  const again = await another.retryDead("doomed-1");
  assert.equal(again.id, "doomed-1-retry-1");
  const expected = Array.from(large.x, (value) => 2 * value);
  assert.deepEqual(values(await again.result(), "y"), expected);
  assert.deepEqual(await another.deadLetter("doomed-1"), letter);
  const third = await another.retryDead("doomed-1", { input: { x: [5] } });
  assert.equal(third.id, "doomed-1-retry-2");
  assert.deepEqual(values(await third.result(), "y"), [10]);

  await another.dropDead("doomed-1");
  assert.deepEqual(await another.deadLetters(), []);
  for (const question of [
    another.deadLetter("doomed-1"),
    another.dropDead("doomed-1"),
    another.retryDead("doomed-1"),
  ]) {
    const error = await failureOf(question);
    assert.equal(error.code, "RTL_JOB_UNKNOWN");
    assert.match(error.message, /no dead letter .*doomed-1/);
  }
  // With the letter goes what was kept of its input.
  assert.equal((await failureOf(another.deadInput(letter))).code, "RTL_INPUT_LOST");
});

test("work without an attempt left leaves a letter, and a user's error none", async (t) => {
  const system = await startSystem(t, { nodes: [{ threads: 1 }] });
  const rtl = await system.connect();
  const stumbling = {
    stages: {
      fall: { tasks: [{ stumble: { file: "tries", times: 2 } }], retry: { attempts: 2 } },
    },
  };
  const job = await rtl.submit(stumbling, { id: "tired", input: { x: [1] } });
  assert.equal((await job.done()).state, "failed");
  const absent = [{ a: "absent", b: 2, column: "y" }];
  const wrong = { stages: { all: { tasks: [{ multiply: { operations: absent } }] } } };
  const mistaken = await rtl.submit(wrong, { input: { x: [1] } });
  assert.equal((await mistaken.done()).failure?.code, "RTL_COLUMN_UNKNOWN");

  const letters = await rtl.deadLetters();
  assert.deepEqual(
    letters.map(({ job: id, reason, attempts }) => [id, reason, attempts.length]),
    [["tired", "exhausted", 2]],
  );
  // A third try finds its way; with it the letter goes.
  const again = await rtl.retryDead("tired", { id: "rested", drop: true });
  assert.equal(again.id, "rested");
  assert.deepEqual(values(await again.result(), "x"), [1]);
  assert.deepEqual(await rtl.deadLetters(), []);
});

test("a job whose input is gone with its client is not tried again without one", async (t) => {
  const system = await startSystem(t, { nodes: [{ threads: 1 }] });
  const rtl = await system.connect();
  const passing = await system.connect();
  const once = {
    ...deadly("gone"),
    stages: { die: { ...deadly("gone").stages.die, retry: { attempts: 1 } } },
  };
  const job = await passing.submit(once, { id: "gone", mode: "ephemeral", input: large });
  assert.equal((await job.done()).state, "failed");
  await passing.close();
  const error = await failureOf(rtl.retryDead("gone"));
  assert.equal(error.code, "RTL_INPUT_LOST");
  assert.match(error.message, /input of job gone, a table of 20000 rows and \d+ bytes, is gone/);
  assert.match(error.fix ?? "", /rtl dead retry gone --input/);
  say(system, "gone.healed");
  const again = await rtl.retryDead("gone", { input: { x: [3] } });
  assert.deepEqual(values(await again.result(), "y"), [6]);
});
