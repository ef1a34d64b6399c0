/** Slots on a real server: one subscription, one message, whatever happens to the connection. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { noResponders } from "../../../src/bus/answer.ts";
import type { Bus } from "../../../src/bus/bus.ts";
import { connectBus } from "../../../src/bus/connect.ts";
import { createLog } from "../../../src/host/log.ts";
import type { Failure } from "../../../src/protocol/errors.ts";
import { routes } from "../../../src/protocol/routes.ts";
import { type TestServer, withNatsServer } from "../../support/nats-server.ts";
import { callOf, orderOf } from "../../support/orders.ts";
import { waitUntil } from "../../support/wait-until.ts";

const log = createLog({ logLevel: "silent", logFormat: "json" });
const tokens = { pool: "one" };

async function busOn(server: TestServer, id: string): Promise<Bus> {
  const bus = await connectBus({ servers: server.url, id, log });
  server.after(() => bus.drain());
  return bus;
}

/** Sends an order; the answer is "taken", or the failure that came instead. */
const send = (bus: Bus): Promise<unknown> =>
  new Promise((resolve) => {
    const reply = bus.openReply((answer: unknown, failure: Failure | undefined) => {
      reply.close();
      resolve(failure ?? answer);
    });
    bus.publish(routes.work, tokens, orderOf([callOf("null")]), { reply: reply.subject });
  });

/** Opens a slot that answers "taken", and waits until the server knows of it. */
async function openSlot(bus: Bus): Promise<void> {
  bus.subscribe(
    routes.work,
    tokens,
    (_order, { reply }) => {
      if (reply !== undefined) bus.respond(reply, "taken");
    },
    { max: 1 },
  );
  await bus.flush();
}

/** Whether the server answers on this connection; what is sent on a lost one is rejected. */
const answers = (bus: Bus): Promise<boolean> =>
  bus.flush().then(
    () => true,
    () => false,
  );

test("a slot takes one message and is closed by it", async (t) => {
  const server = await withNatsServer(t);
  const [node, relay] = [await busOn(server, "node"), await busOn(server, "relay")];
  await openSlot(node);
  assert.equal(await send(relay), "taken");
  assert.equal(await send(relay), noResponders);
  await openSlot(node);
  assert.equal(await send(relay), "taken");
});

test("a slot still takes one message only after the server was restarted", async (t) => {
  const server = await withNatsServer(t);
  const [node, relay] = [await busOn(server, "node"), await busOn(server, "relay")];
  await openSlot(node);
  await openSlot(node);
  assert.equal(await send(relay), "taken");
  await server.restart();
  await waitUntil(() => answers(node), "the node's connection does not come back");
  await waitUntil(() => answers(relay), "the relay's connection does not come back");
  // All at once, so that a slot without its bound would be dealt more than one of them.
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(relay)));
  assert.equal(outcomes.filter((answer) => answer === "taken").length, 1);
  assert.equal(outcomes.filter((answer) => answer === noResponders).length, 19);
});
