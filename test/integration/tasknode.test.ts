/** A tasknode on a real server; the test plays the relay. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BlockStore } from "../../src/blocks/blocks.ts";
import { noResponders } from "../../src/bus/answer.ts";
import type { Bus } from "../../src/bus/bus.ts";
import { connectBus } from "../../src/bus/connect.ts";
import { systemClock } from "../../src/host/clock.ts";
import { createLog } from "../../src/host/log.ts";
import type { Failure } from "../../src/protocol/errors.ts";
import { type Done, doneSchema, type NodeBeat, type Order } from "../../src/protocol/messages.ts";
import { routes } from "../../src/protocol/routes.ts";
import { decodeTable, encodeTable } from "../../src/table/ipc.ts";
import { type TestServer, withNatsServer } from "../support/nats-server.ts";
import { callOf, numbersIn, numbersOf, orderOf, tableOf } from "../support/orders.ts";
import { runningNode } from "../support/running-node.ts";
import { waitUntil } from "../support/wait-until.ts";

const silent = createLog({ logLevel: "silent", logFormat: "json" });

const yes = () => true;
const no = () => false;

type Answer = { readonly done: Done } | { readonly failure: Failure };
type WorkRoute = typeof routes.work | typeof routes.workAhead;

interface Relay {
  readonly bus: Bus;
  readonly blocks: BlockStore;
  /** Sends an order to a pool; the answer may be that nobody has a slot. */
  send(order: Order, pool: string, route?: WorkRoute): Promise<Answer>;
}

async function startRelay(server: TestServer): Promise<Relay> {
  const bus = await connectBus({ servers: server.url, id: "relay-1", log: silent });
  server.after(() => bus.drain());
  const blocks = new BlockStore(bus, systemClock);
  return {
    bus,
    blocks,
    send: (order, pool, route = routes.work) =>
      new Promise((resolve) => {
        const reply = bus.openReply((message, failure) => {
          reply.close();
          resolve(failure === undefined ? { done: doneSchema.parse(message) } : { failure });
        });
        bus.publish(route, { pool }, order, { reply: reply.subject });
      }),
  };
}

async function startNode(server: TestServer, id: string, threads = 1) {
  const bus = await connectBus({ servers: server.url, id, log: silent });
  server.after(() => bus.drain());
  const blocks = new BlockStore(bus, systemClock);
  const running = await runningNode(server, { bus, blocks, node: id, threads });
  await bus.flush();
  return { ...running, bus, blocks };
}

const doneOf = (answer: Answer): Done => {
  assert.ok("done" in answer, "failure" in answer ? answer.failure.message : "");
  return answer.done;
};

test("a busy node's pool has no responders, and its credit ahead holds one order", async (t) => {
  const server = await withNatsServer(t);
  const { send } = await startRelay(server);
  const { node, data } = await startNode(server, "node-1");
  const running = send(orderOf([callOf("gate", { file: "go" })]), node.pool);
  const refused = await send(orderOf([callOf("double")]), node.pool);
  assert.ok("failure" in refused);
  assert.equal(refused.failure, noResponders);
  const ahead = send(orderOf([callOf("double")]), node.pool, routes.workAhead);
  const second = await send(orderOf([callOf("double")]), node.pool, routes.workAhead);
  assert.ok("failure" in second, "one thread has one credit ahead");
  writeFileSync(join(data, "go"), "");
  assert.deepEqual(numbersOf(doneOf(await running)), [1, 2, 3]);
  assert.deepEqual(numbersOf(doneOf(await ahead)), [2, 4, 6]);
});

test("whoever sees an answer finds a slot", async (t) => {
  const server = await withNatsServer(t);
  const { send } = await startRelay(server);
  const { node } = await startNode(server, "node-1");
  for (let turn = 0; turn < 200; turn++) {
    const done = doneOf(await send(orderOf([callOf("double")], [turn]), node.pool));
    assert.deepEqual(numbersOf(done), [2 * turn]);
  }
});

test("the server deals to free slots only, so that no order waits behind another", async (t) => {
  const server = await withNatsServer(t);
  const { send } = await startRelay(server);
  const one = await startNode(server, "node-1", 2);
  const two = await startNode(server, "node-2", 1);
  assert.equal(one.node.pool, two.node.pool, "the same tasks and labels are the same pool");
  const gated = Array.from({ length: 3 }, () =>
    send(orderOf([callOf("gate", { file: "go" })]), one.node.pool),
  );
  const fourth = await send(orderOf([callOf("double")]), one.node.pool);
  assert.ok("failure" in fourth);
  for (const { data } of [one, two]) writeFileSync(join(data, "go"), "");
  const nodes = (await Promise.all(gated)).map((answer) => doneOf(answer).node).sort();
  assert.deepEqual(nodes, ["node-1", "node-1", "node-2"]);
});

test("a malformed order is answered with its fault and costs no slot", async (t) => {
  const server = await withNatsServer(t);
  const { send } = await startRelay(server);
  const { node } = await startNode(server, "node-1");
  const broken = { ...orderOf([callOf("double")]), items: [] };
  for (let turn = 0; turn < 3; turn++) {
    const answer = await send(broken, node.pool);
    assert.ok("failure" in answer);
    assert.equal(answer.failure.code, "RTL_MESSAGE_INVALID");
  }
  assert.deepEqual(
    numbersOf(doneOf(await send(orderOf([callOf("double")]), node.pool))),
    [2, 4, 6],
  );
});

test("large tables are fetched from their holder and left with the node", async (t) => {
  const server = await withNatsServer(t);
  const { send, blocks } = await startRelay(server);
  const { node } = await startNode(server, "node-1");
  const x = Array.from({ length: 100_000 }, (_, row) => row);
  const bytes = encodeTable(tableOf(...x));
  const ref = { rows: x.length, ...blocks.put("job-1", bytes) };
  const order = orderOf([callOf("double")], [], { tables: [ref], slices: [[0, 0, x.length]] });
  const [output] = doneOf(await send(order, node.pool)).tables;
  assert.ok(output !== undefined && "block" in output);
  assert.equal(output.holder, "node-1");
  const doubled = numbersIn(decodeTable(await blocks.read(output)));
  assert.deepEqual(
    doubled,
    x.map((value) => 2 * value),
  );

  blocks.release("job-1");
  const again = orderOf([callOf("echo")], [], {
    tables: [{ ...ref, block: "job-1.gone" }],
    slices: [[0, 0, 1]],
  });
  const [item] = doneOf(await send(again, node.pool)).items;
  assert.equal(item?.failure?.code, "RTL_BLOCK_LOST");
});

test("a cancel on the bus ends a busy loop, and the slot comes back", async (t) => {
  const server = await withNatsServer(t);
  const { bus, send } = await startRelay(server);
  const { node } = await startNode(server, "node-1");
  const running = send(orderOf([callOf("deaf")]), node.pool);
  bus.publish(routes.jobCancel, { job: "job-1" }, { id: "job-1", graceMs: 1 });
  const [item] = doneOf(await running).items;
  assert.equal(item?.failure?.code, "RTL_JOB_CANCELLED");
  let answer: Answer | undefined;
  await waitUntil(async () => {
    answer = await send(orderOf([callOf("double")], [4], { job: "job-2" }), node.pool);
    return "done" in answer;
  }, "the slot did not come back");
  assert.deepEqual(answer && numbersOf(doneOf(answer)), [8]);
});

test("a node that leaves says so, answers what it runs, and takes nothing more", async (t) => {
  const server = await withNatsServer(t);
  const { bus, send } = await startRelay(server);
  const beats: NodeBeat[] = [];
  bus.subscribe(routes.nodeBeat, { node: "*" }, (beat) => void beats.push(beat));
  await bus.flush();
  const { node, data } = await startNode(server, "node-1");
  const running = send(orderOf([callOf("gate", { file: "go" })]), node.pool);
  const ahead = send(orderOf([callOf("double")]), node.pool, routes.workAhead);
  const holdsBoth = async () => {
    bus.publish(routes.nodeDiscover, {}, {});
    await bus.flush();
    return beats.at(-1)?.held.length === 2;
  };
  await waitUntil(holdsBoth, "the node did not get its orders");
  const stopped = node.stop();
  const handedBack = doneOf(await ahead);
  assert.match(handedBack.refused ?? "", /leaving/);
  writeFileSync(join(data, "go"), "");
  assert.deepEqual(numbersOf(doneOf(await running)), [1, 2, 3]);
  await stopped;
  await waitUntil(() => beats.at(-1)?.leaving === true, "no last words were heard");
  assert.ok("failure" in (await send(orderOf([callOf("double")]), node.pool)));
});

test("slots outlive a restart of the server", async (t) => {
  const server = await withNatsServer(t);
  const { bus, send } = await startRelay(server);
  const { node, data, bus: nodeBus } = await startNode(server, "node-1");
  assert.ok("done" in (await send(orderOf([callOf("double")]), node.pool)));
  await server.restart();
  for (const one of [bus, nodeBus]) {
    const reached = () => one.flush().then(yes, no);
    await waitUntil(reached, `${one.id} did not find the server again`);
  }
  const first = await send(orderOf([callOf("double")], [4]), node.pool);
  assert.deepEqual(numbersOf(doneOf(first)), [8]);
  const running = send(orderOf([callOf("gate", { file: "go" })]), node.pool);
  const another = await send(orderOf([callOf("double")]), node.pool);
  assert.ok("failure" in another, "there are more slots than before");
  writeFileSync(join(data, "go"), "");
  assert.deepEqual(numbersOf(doneOf(await running)), [1, 2, 3]);
});
