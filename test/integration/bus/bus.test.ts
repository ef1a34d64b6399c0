/** The bus on a real server: questions and answers, and everything that can be wrong with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { noResponders } from "../../../src/bus/answer.ts";
import type { Bus } from "../../../src/bus/bus.ts";
import { pack, unpack } from "../../../src/protocol/codec.ts";
import { type Failure, RtlError } from "../../../src/protocol/errors.ts";
import { FAILURE_HEADER, routes } from "../../../src/protocol/routes.ts";
import { failureOf } from "../../support/failures.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { busOn } from "../../support/quiet-bus.ts";
import { waitUntil } from "../../support/wait-until.ts";

const server = await withNatsServer();
const bus = await busOn(server, "one");
const other = await busOn(server, "two");

const ask = { timeoutMs: 10_000 };
const summary = { id: "j", state: "running", client: "c", relay: "r", submittedAt: 1 } as const;

/** Answers questions after the state of a job, for one test. */
async function answering(
  t: { after(fn: () => void): void },
  handler: (id: string, reply: string, encoding: "msgpack" | "json") => void | Promise<void>,
): Promise<void> {
  const subscription = other.subscribe(routes.jobStatus, {}, ({ id }, { reply, encoding }) =>
    reply === undefined ? undefined : handler(id, reply, encoding),
  );
  t.after(() => subscription.stop());
  await other.flush();
}

/** What comes back for bytes as they are, as a client in another language sees it. */
async function rawAnswer(data: Uint8Array | string): Promise<[body: unknown, code: string]> {
  const answer = await bus.connection.request("rtl.v1.job.status", data, { timeout: 10_000 });
  return [unpack(answer.data), answer.headers?.get(FAILURE_HEADER) ?? ""];
}

test("a question that nobody hears is answered at once, by name", async () => {
  const error = await failureOf(
    bus.request(routes.jobStatus, {}, { id: "j" }, ask),
    "RTL_NO_RELAY",
  );
  assert.match(error.fix ?? "", /rtl start/);
  const told = new Promise((resolve) => {
    const reply = bus.openReply((_, failure) => resolve(failure));
    bus.publish(routes.jobStatus, {}, { id: "j" }, { reply: reply.subject });
  });
  assert.equal(await told, noResponders);
});

test("a question gets its answer, checked by the route", async (t) => {
  await answering(t, (id, reply) => other.respond(reply, { ...summary, id }));
  assert.deepEqual(await bus.request(routes.jobStatus, {}, { id: "mine" }, ask), {
    ...summary,
    id: "mine",
  });
});

test("an answer that does not fit its route is refused with what to look at", async (t) => {
  await answering(t, (_, reply) => other.respond(reply, { ...summary, state: "confused" }));
  const asked = bus.request(routes.jobStatus, {}, { id: "j" }, ask);
  const error = await failureOf(asked, "RTL_MESSAGE_INVALID");
  assert.match(error.message, /state/);
  assert.match(error.fix ?? "", /rtl status/);
});

test("an answer that is no message at all is refused, and so is a broken failure", async (t) => {
  await answering(t, (id, reply) => {
    if (id === "junk") return other.respondBytes(reply, Uint8Array.of(0xc1, 9, 9));
    other.fail(reply, { code: "RTL_NONSENSE" as never, message: "a code that nobody knows" });
  });
  const asked = (id: string) => bus.request(routes.jobStatus, {}, { id }, ask);
  await failureOf(asked("junk"), "RTL_MESSAGE_INVALID");
  await failureOf(asked("broken"), "RTL_INTERNAL");
});

test("a failure travels with its code, its places and what to do", async (t) => {
  const failure: Failure = {
    code: "RTL_JOB_INVALID",
    message: "two faults",
    at: { job: "j", stage: "s", chunk: 3 },
    problems: [{ path: "stages.s", message: "one", line: 2, column: 5, fix: "write it" }],
    fix: "read the page",
  };
  await answering(t, (_, reply) => other.fail(reply, failure));
  const error = await failureOf(bus.request(routes.jobStatus, {}, { id: "j" }, ask));
  assert.deepEqual(error.toFailure(), failure);
});

test("a handler that throws, or fails later, is answered with its failure", async (t) => {
  await answering(t, async (id) => {
    if (id === "plain") throw new TypeError("no luck");
    await Promise.resolve();
    throw new RtlError("RTL_JOB_UNKNOWN", `no job ${id}`, { fix: "look elsewhere" });
  });
  const asked = (id: string) => bus.request(routes.jobStatus, {}, { id }, ask);
  assert.equal((await failureOf(asked("later"), "RTL_JOB_UNKNOWN")).fix, "look elsewhere");
  assert.match((await failureOf(asked("plain"), "RTL_INTERNAL")).message, /no luck/);
});

test("a message that does not fit is answered with its fault and reaches no handler", async (t) => {
  const heard: string[] = [];
  await answering(t, (id, reply) => {
    heard.push(id);
    other.respond(reply, { ...summary, id });
  });
  const bad = ["", "{", '{"id":7}', '{"id":"a.b"}', "[1]", "hello", pack({}), pack({ id: "ä" })];
  for (const data of bad) {
    const [body, code] = await rawAnswer(data);
    assert.equal(code, "RTL_MESSAGE_INVALID", String(data));
    const { failure } = body as { readonly failure: Failure };
    assert.ok(failure.message !== "" && failure.fix !== undefined);
  }
  assert.deepEqual(heard, []);
  assert.equal((await bus.request(routes.jobStatus, {}, { id: "j" }, ask)).id, "j");
});

test("whoever asks in JSON is answered in JSON, failures too", async (t) => {
  await answering(t, (id, reply, encoding) => {
    if (id === "unknown") throw new RtlError("RTL_JOB_UNKNOWN", "no such job");
    other.respond(reply, { ...summary, id }, encoding);
  });
  const raw = async (id: string) =>
    (
      await bus.connection.request("rtl.v1.job.status", JSON.stringify({ id }), { timeout: 10_000 })
    ).string();
  assert.deepEqual(JSON.parse(await raw("mine")), { ...summary, id: "mine" });
  assert.equal(JSON.parse(await raw("unknown")).failure.code, "RTL_JOB_UNKNOWN");
});

test("an answer that does not come is waited for as long as was said, and no longer", async (t) => {
  let late = (): void => undefined;
  await answering(t, (_, reply) => {
    late = () => other.respond(reply, summary);
  });
  const asked = bus.request(routes.jobStatus, {}, { id: "j" }, { timeoutMs: 50 });
  const error = await failureOf(asked, "RTL_WAIT_TIMEOUT");
  assert.match(error.message, /rtl\.v1\.job\.status within 50 ms/);
  // An answer after that reaches nobody, and harms nobody.
  late();
  await other.flush();
  await bus.flush();
});

test("a reply subject of one's own takes any number of answers until it is closed", async () => {
  const heard: unknown[] = [];
  const reply = bus.openReply((answer, failure) => heard.push(failure?.code ?? answer));
  for (let at = 0; at < 100; at++) other.respond(reply.subject, { at });
  other.fail(reply.subject, { code: "RTL_TASK_FAILED", message: "no luck" });
  other.respond(reply.subject, "last");
  await waitUntil(() => heard.at(-1) === "last", "the last answer does not come");
  const answers = Array.from({ length: 100 }, (_, at) => ({ at }));
  assert.deepEqual(heard, [...answers, "RTL_TASK_FAILED", "last"]);
  reply.close();
  const next = new Promise((resolve) => {
    const open = bus.openReply(resolve);
    other.respond(reply.subject, "after the close");
    other.respond(open.subject, "open");
  });
  assert.equal(await next, "open");
  assert.equal(heard.length, 102);
});

test("a message above the server's limit is refused here, and the connection lives", async (t) => {
  await answering(t, (id, reply) => other.respond(reply, { ...summary, id }));
  const largest = bus.connection.info?.max_payload ?? 0;
  assert.ok(largest > 0);
  const cancel = { id: "j", reason: "x".repeat(largest) };
  const tooLarge = { code: "RTL_MESSAGE_TOO_LARGE" };
  assert.throws(() => bus.publish(routes.jobCancel, { job: "j" }, cancel), tooLarge);
  assert.throws(() => bus.respondBytes("nowhere", new Uint8Array(largest + 1)), tooLarge);
  await assert.rejects(bus.request(routes.jobCancelRequest, {}, cancel, ask), tooLarge);
  bus.respondBytes("nowhere", new Uint8Array(largest));
  assert.equal((await bus.request(routes.jobStatus, {}, { id: "j" }, ask)).id, "j");
});

test("a queue group shares messages, others each get all, with the tokens of the subject", async () => {
  const heard: string[] = [];
  const listen = (name: string, by: Bus, queue?: string) =>
    by.subscribe(
      routes.jobCancel,
      { job: "*" },
      (_, { tokens }) => void heard.push(`${name} ${tokens["job"]}`),
      queue === undefined ? {} : { queue },
    );
  const open = [listen("all", bus), listen("all", other), listen("one", bus, "q")];
  open.push(listen("one", other, "q"));
  await Promise.all([bus.flush(), other.flush()]);
  for (let at = 0; at < 20; at++) bus.publish(routes.jobCancel, { job: `j${at}` }, { id: "any" });
  await waitUntil(() => heard.length >= 60, "not every message came");
  await Promise.all([bus.flush(), other.flush()]);
  for (let at = 0; at < 20; at++) {
    assert.equal(heard.filter((line) => line === `all j${at}`).length, 2);
    assert.equal(heard.filter((line) => line === `one j${at}`).length, 1);
  }
  for (const subscription of open) subscription.stop();
});

test("a bus that is drained closes its connection, once", async () => {
  const brief = await busOn(server, "brief");
  const closed = brief.connection.closed();
  await Promise.all([brief.drain(), closed]);
  await brief.drain();
});

test("a bus whose server is gone closes its connection all the same", async (t) => {
  const gone = await withNatsServer(t);
  const left = await busOn(gone, "left");
  await gone.kill();
  await left.drain();
  assert.equal(left.connection.isClosed(), true);
});

test("what was listened to before the server was restarted is heard after it", async (t) => {
  const restarted = await withNatsServer(t);
  const [asking, serving] = [await busOn(restarted, "asking"), await busOn(restarted, "serving")];
  serving.subscribe(routes.jobStatus, {}, ({ id }, { reply }) => {
    if (reply !== undefined) serving.respond(reply, { ...summary, id });
  });
  await serving.flush();
  await restarted.kill();
  await restarted.restart();
  const lives = (one: Bus) =>
    one.flush().then(
      () => true,
      () => false,
    );
  await waitUntil(() => lives(serving), "the serving connection does not come back");
  await waitUntil(() => lives(asking), "the asking connection does not come back");
  // The answer needs the inbox of the one and the subscription of the other.
  assert.equal((await asking.request(routes.jobStatus, {}, { id: "again" }, ask)).id, "again");
});
