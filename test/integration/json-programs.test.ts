// Programs that speak JSON over a plain NATS client, also those that speak it badly.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, createInbox, type Msg, type NatsConnection } from "nats";
import { startSystem } from "../support/system.ts";
import type { Ending } from "../support/temp-folder.ts";

const system = await startSystem();
const nats = await connect({ servers: system.url });
system.server.after(() => nats.close());

const bytes = (message: unknown) => JSON.stringify(message);
const document = (task: object) => ({ version: 1, stages: { only: { tasks: [task] } } });
const small = { rows: 2, json: { columns: { x: { dtype: "<f8", values: [1, "NaN"] } } } };

interface Answer {
  readonly code: string;
  readonly body: Record<string, unknown>;
}

function read(message: Msg): Answer {
  const text = new TextDecoder().decode(message.data);
  assert.equal(
    text[0],
    "{",
    `an answer to JSON begins with a brace, not with ${text.slice(0, 20)}`,
  );
  return { code: message.headers?.get("Rtl-Failure") ?? "", body: JSON.parse(text) };
}

const ask = async (subject: string, message: unknown): Promise<Answer> =>
  read(await nats.request(subject, bytes(message), { timeout: 20_000 }));

let jobs = 0;

/** Hands in a job and reads its events until it is over. */
async function run(message: object): Promise<readonly Record<string, unknown>[]> {
  const id = `json-${++jobs}`;
  const events = nats.subscribe(`rtl.v1.job.${id}.event`);
  const { code, body } = await ask("rtl.v1.job.submit", { v: 1, id, client: "test", ...message });
  assert.deepEqual({ code, body }, { code: "", body: { id, created: true } });
  return untilDone(events);
}

async function untilDone(events: AsyncIterable<Msg>): Promise<readonly Record<string, unknown>[]> {
  const heard: Record<string, unknown>[] = [];
  for await (const message of events) {
    const { code, body } = read(message);
    assert.equal(code, "", JSON.stringify(body));
    heard.push(body);
    if (body["type"] === "job.done") break;
  }
  return heard;
}

test("an ephemeral job in JSON has its events and its result in JSON", async () => {
  const inbox = createInbox();
  const events = nats.subscribe(inbox);
  const spec = document({ null: {} });
  const submit = { v: 1, id: "short", client: "test", mode: "ephemeral", spec, input: small };
  nats.publish("rtl.v1.job.submit", bytes(submit), { reply: inbox });
  const done = (await untilDone(events)).at(-1);
  assert.deepEqual(done?.["result"], {
    rows: 2,
    tables: [{ rows: 2, json: { rows: 2, columns: { x: { dtype: "<f8", values: [1, "NaN"] } } } }],
    slices: [[0, 0, 2]],
  });
});

test("a result that no JSON message can hold is left out and, when asked for, refused", async () => {
  const values = Array.from({ length: 40_000 }, (_, row) => row + 1 / 3);
  const table = { rows: values.length, json: { columns: { x: { dtype: "<f8", values } } } };
  const operations = ["a", "b"].map((column) => ({ a: "x", b: 3, column }));
  const done = (await run({ spec: document({ multiply: { operations } }), input: table })).at(-1);
  assert.equal(done?.["state"], "completed", JSON.stringify(done?.["failure"]));
  assert.equal(done?.["rows"], values.length);
  assert.equal(done?.["result"], undefined);
  const { code, body } = await ask("rtl.v1.job.result", { id: done?.["job"] });
  assert.equal(code, "RTL_MESSAGE_TOO_LARGE");
  assert.match(String((body["failure"] as { fix: string }).fix), /smaller chunks/);
});

test("a submit that does not fit is refused with what is wrong", async () => {
  const submit = { v: 1, id: "bad", client: "test", spec: document({ null: {} }) };
  const column = (dtype: string, values: unknown) => ({
    rows: 1,
    json: { columns: { x: { dtype, values } } },
  });
  const wrong: [object, string, RegExp][] = [
    [{ ...submit, v: 2 }, "RTL_MESSAGE_INVALID", /v: /],
    [{ ...submit, id: "a.b" }, "RTL_MESSAGE_INVALID", /id: /],
    [{ ...submit, input: { rows: 1 } }, "RTL_MESSAGE_INVALID", /input/],
    [{ ...submit, input: column("<f9", [1]) }, "RTL_TABLE_INVALID", /unknown dtype "<f9"/],
    [{ ...submit, input: column("<i8", [1.5]) }, "RTL_TABLE_INVALID", /row 0: 1\.5/],
    [{ ...submit, spec: document({ nul: {} }) }, "RTL_JOB_INVALID", /did you mean "null"/],
  ];
  for (const [message, expected, text] of wrong) {
    const { code, body } = await ask("rtl.v1.job.submit", message);
    assert.equal(code, expected, JSON.stringify(body));
    assert.match((body["failure"] as { message: string }).message, text);
  }
});

interface WireOrder {
  readonly order: string;
  readonly tables: readonly unknown[];
  readonly items: readonly { readonly chunk: number; readonly attempt: number }[];
}

/** A worker that answers every order of its one task with whatever it is told to. */
function worker(t: Ending, from: NatsConnection, answer: (order: WireOrder) => string): void {
  const beat = { v: 1, node: "odd", pool: "odd", slots: 1, encoding: "json", catalog: "1" };
  const tasks = [{ name: "odd" }];
  const tell = () => from.publish("rtl.v1.node.odd.beat", bytes({ ...beat, tasks }));
  const slot = from.subscribe("rtl.v1.work.odd", {
    queue: "slots",
    callback: (_, message) => message.respond(answer(message.json())),
  });
  const beats = setInterval(tell, 500);
  tell();
  t.after(() => {
    clearInterval(beats);
    slot.unsubscribe();
    from.publish("rtl.v1.node.odd.beat", bytes({ ...beat, leaving: true }));
  });
}

test("nonsense from a worker fails its job with a reason, and harms nothing else", async (t) => {
  let say = (_: WireOrder): string => "";
  worker(t, nats, (order) => say(order));
  const input = small;
  const done = (order: WireOrder, more: object) =>
    bytes({ v: 1, order: order.order, node: "odd", ...more });
  const item = (order: WireOrder, more: object = {}) => [{ ...order.items[0], ...more }];
  const table = { rows: 1, json: { columns: { x: { dtype: "<f8", values: [1] } } } };
  const broken = { rows: 1, json: { columns: { x: { dtype: "<f8", values: ["one"] } } } };
  const answers: [(order: WireOrder) => string, RegExp][] = [
    [() => "{", /not a message/],
    [() => "\u{1F642}", /not a message|does not fit/],
    [(order) => done(order, { items: 7 }), /answer does not fit: items/],
    [(order) => done(order, {}), /left a piece of its order unanswered/],
    [(order) => done(order, { items: item(order) }), /without a table/],
    [
      (order) => done(order, { items: item(order, { output: [0, 0, 1] }) }),
      /rows \[0, 1\) of table 0, which it did not send/,
    ],
    [
      (order) => done(order, { tables: [table], items: item(order, { output: [0, 0, 2] }) }),
      /rows \[0, 2\) of table 0/,
    ],
    [
      (order) => done(order, { tables: [broken], items: item(order, { output: [0, 0, 1] }) }),
      /row 0: ..one.. does not fit/,
    ],
  ];
  for (const [answer, reason] of answers) {
    say = answer;
    const last = (await run({ spec: document({ odd: {} }), input })).at(-1);
    assert.equal(last?.["state"], "failed");
    assert.match(JSON.stringify(last?.["failure"]), reason);
  }
  say = (order) => done(order, { tables: order.tables, items: item(order, { output: [0, 0, 2] }) });
  const good = (await run({ spec: document({ odd: {} }), input })).at(-1);
  assert.equal(good?.["state"], "completed", JSON.stringify(good?.["failure"]));
  assert.equal(good?.["rows"], 2);
});

test("without a relay the server itself says that nobody listens", async () => {
  await assert.rejects(nats.request("rtl.v1.nobody", "{}"), { code: "503" });
});
