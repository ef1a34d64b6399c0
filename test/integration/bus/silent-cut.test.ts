/** A connection that is dead without a word: noticed by pings, made anew, and nothing said is lost. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Bus } from "../../../src/bus/bus.ts";
import { connectBus } from "../../../src/bus/connect.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { routes } from "../../../src/protocol/routes.ts";
import { failureOf } from "../../support/failures.ts";
import { type TestServer, withNatsServer } from "../../support/nats-server.ts";
import { busOn, quiet } from "../../support/quiet-bus.ts";
import { type TcpProxy, withTcpProxy } from "../../support/tcp-proxy.ts";
import { waitUntil } from "../../support/wait-until.ts";

/** Where pings are to find out; a busy machine answers none of them for a while. */
const quickMs = 200;
/** Where they are not. */
const neverMs = 60_000;

interface Line {
  readonly server: TestServer;
  readonly proxy: TcpProxy;
  /** Connected through the proxy. */
  readonly bus: Bus;
  /** Connected past it. */
  readonly other: Bus;
}

async function line(t: TestContext, pingMs = neverMs): Promise<Line> {
  const server = await withNatsServer(t);
  const proxy = await withTcpProxy({ after: (close) => server.after(close) }, server);
  const bus = await connectBus({ servers: proxy.url, id: "cut", log: quiet, pingMs });
  server.after(() => bus.drain());
  return { server, proxy, bus, other: await busOn(server, "other") };
}

const noticed = (bus: Bus) =>
  waitUntil(() => bus.continuity.lost, "the dead connection was not noticed");
const back = (bus: Bus) =>
  waitUntil(() => !bus.continuity.lost, "the connection was not made anew");

for (const ways of [["up"], ["down"], ["up", "down"]] as const) {
  test(`bytes that vanish on the way ${ways.join(" and ")} are noticed`, async (t) => {
    const { proxy, bus, other } = await line(t, quickMs);
    const heard: string[] = [];
    bus.subscribe(routes.jobCancel, { job: "*" }, ({ id = "" }) => void heard.push(id));
    await bus.flush();
    proxy.swallow(...ways);
    await noticed(bus);
    proxy.heal();
    await back(bus);
    await waitUntil(() => {
      other.publish(routes.jobCancel, { job: "after" }, { id: "after" });
      return heard.length > 0;
    }, "nothing is heard after the cut");
    assert.equal(heard[0], "after");
  });
}

test("a connection whose one half was closed is made anew", async (t) => {
  for (const way of ["up", "down"] as const) {
    const { proxy, bus } = await line(t);
    let came = 0;
    bus.continuity.onBack(() => void came++);
    proxy.halfClose(way);
    await waitUntil(() => came > 0, `the half that is closed (${way}) was not noticed`);
    await bus.flush();
  }
});

test("what is said while the connection is lost is heard when it is back, in its order", async (t) => {
  const { proxy, bus, other } = await line(t);
  const heard: string[] = [];
  other.subscribe(routes.jobCancel, { job: "*" }, ({ id = "" }) => void heard.push(id));
  await other.flush();
  proxy.cut();
  await noticed(bus);
  const ids = Array.from({ length: 100 }, (_, at) => `job-${at}`);
  for (const id of ids) bus.publish(routes.jobCancel, { job: id }, { id });
  proxy.heal();
  await waitUntil(() => heard.length >= ids.length, "not all was heard");
  assert.deepEqual(heard, ids);
});

test("a question is not answered after the connection that it was asked on", async (t) => {
  const { proxy, bus } = await line(t);
  const never = new Promise<never>(() => undefined);
  const asked = bus.continuity.unlessLost(never);
  proxy.cut();
  await noticed(bus);
  proxy.heal();
  assert.ok((await failureOf(asked, "RTL_WAIT_TIMEOUT")) instanceof RtlError);
});

test("a slow and distant connection is not taken for a dead one", async (t) => {
  const { proxy, bus, other } = await line(t, 1_000);
  proxy.delay(100);
  let lost = 0;
  bus.continuity.onBack(() => void lost++);
  other.subscribe(routes.jobCancelRequest, {}, ({ id }, { reply }) => {
    const summary = { id, state: "running", client: "c", relay: "r", submittedAt: 0 };
    if (reply !== undefined) other.respond(reply, summary);
  });
  await other.flush();
  const ask = { timeoutMs: 10_000 };
  for (let at = 0; at < 10; at++) {
    const { id } = await bus.request(routes.jobCancelRequest, {}, { id: `j${at}` }, ask);
    assert.equal(id, `j${at}`);
  }
  assert.equal(lost, 0);
});
