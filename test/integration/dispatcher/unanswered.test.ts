/** Submits and questions that get no answer: put again under the same id, with patience that ends. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { MessageInfo } from "../../../src/bus/bus.ts";
import { connect } from "../../../src/index.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { type Route, routes } from "../../../src/protocol/routes.ts";
import { failureOf } from "../../support/failures.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { busOn } from "../../support/quiet-bus.ts";

const document = { stages: { a: { tasks: ["null"] } } };

/** A server with a relay of straw, which does with each question what a test says. */
async function withRelay(t: TestContext, patienceMs: number) {
  const server = await withNatsServer(t);
  const relay = await busOn(server, "straw");
  const rtl = await connect({ servers: server.url, name: "asking", patienceMs });
  server.after(() => rtl.close());
  const serve = async (
    route: Route,
    answer: (id: string, info: MessageInfo, time: number) => void,
  ) => {
    let times = 0;
    relay.subscribe(route, {}, (message, info) => {
      answer((message as { readonly id: string }).id, info, ++times);
    });
    await relay.flush();
  };
  return { server, relay, rtl, serve };
}

test("a submit that got no answer is put again under the same id", async (t) => {
  const { relay, rtl, serve, server } = await withRelay(t, 60_000);
  const ids: string[] = [];
  await serve(routes.jobSubmit, (id, { reply, encoding }) => {
    ids.push(id);
    if (ids.length === 1) void server.kill().then(() => server.restart());
    else if (reply !== undefined) relay.respond(reply, { id, created: false }, encoding);
  });
  const job = await rtl.submit(document);
  assert.equal(ids.length, 2);
  assert.deepEqual(ids, [job.id, job.id]);
  // The first try may have been what the relay had accepted before: nobody else knows the id.
  assert.equal(job.created, true);
});

test("a store that is silent for now is no answer to a submit, a refusal is", async (t) => {
  const { relay, rtl, serve } = await withRelay(t, 60_000);
  await serve(routes.jobSubmit, (id, { reply, encoding }, time) => {
    if (reply === undefined) return;
    if (id === "refused") throw new RtlError("RTL_LIMIT_EXCEEDED", "no room");
    if (time < 4) throw new RtlError("RTL_STORE_SILENT", "it elects");
    relay.respond(reply, { id, created: true }, encoding);
  });
  assert.equal((await rtl.submit(document, { id: "waits" })).id, "waits");
  await failureOf(rtl.submit(document, { id: "refused" }), "RTL_LIMIT_EXCEEDED");
});

test("patience ends with what happened, how long it took and what to do", async (t) => {
  const { rtl, serve } = await withRelay(t, 1);
  await serve(routes.jobSubmit, () => {
    throw new RtlError("RTL_STORE_SILENT", "it does not answer", { fix: "look at its disk" });
  });
  const error = await failureOf(rtl.submit(document), "RTL_STORE_SILENT");
  assert.equal(error.fix, "look at its disk");
});

test("where no relay ever was, it is said at once", async (t) => {
  const { rtl } = await withRelay(t, 60_000);
  const { fix } = await failureOf(rtl.submit(document), "RTL_NO_RELAY");
  assert.match(fix ?? "", /rtl start/);
});

test("a relay that was there and is away is waited for", async (t) => {
  const { relay, rtl, serve } = await withRelay(t, 60_000);
  const summary = { state: "running", client: "c", relay: "r", submittedAt: 0 };
  const answer = (id: string, { reply }: MessageInfo) => {
    if (reply !== undefined) relay.respond(reply, { ...summary, id });
  };
  const first = relay.subscribe(routes.jobStatus, {}, ({ id }, info) => answer(id, info));
  await relay.flush();
  assert.equal((await rtl.job("one").status()).id, "one");
  first.stop();
  await relay.flush();
  const asked = rtl.job("two").status();
  await serve(routes.jobStatus, answer);
  assert.equal((await asked).id, "two");
});
