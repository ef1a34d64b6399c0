/**
 * Strangers on the bus, against real processes: junk, damaged messages, forged beats and forged
 * answers on every subject of the route table. Whoever asked is told what was wrong, nothing of ours
 * ends or grows without bounds, and a job that runs all the while is right.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { connect as connectNats, createInbox, type NatsConnection } from "nats";
import { pack, unpack } from "../../src/protocol/codec.ts";
import { limits } from "../../src/protocol/limits.ts";
import { type Route, routes } from "../../src/protocol/routes.ts";
import { projectPath } from "../support/project.ts";
import { startSystem } from "../support/system.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitUntil } from "../support/wait-until.ts";
import { ControlJobs } from "./control-jobs.ts";
import { damagedBytes } from "./hostile-bytes.ts";
import { damagedValues } from "./hostile-values.ts";
import { long, seedOf } from "./length.ts";
import { report } from "./report.ts";
import { RogueNode } from "./rogue-node.ts";
import { valuesOf } from "./values-of-schema.ts";

const MIB = 1024 * 1024;
/** More than any of our processes needs here, and far less than what is thrown at it. */
const RSS_MIB_MAX = 600;
const ANSWER_MS_MAX = 20_000;
/** Messages under way at once. */
const VOLLEY = 50;

/** A server that lets through more than anybody reads. */
const conf = join(tempFolder({ after }), "nats.conf");
const own = readFileSync(projectPath("nats.conf"), "utf8");
writeFileSync(conf, own.replace(/^max_payload:.*$/m, "max_payload: 9MB"));

const system = await startSystem(undefined, { conf, nodes: [{ id: "honest", threads: 2 }] });
const rtl = await system.connect();
const stranger: NatsConnection = await connectNats({
  servers: system.url,
  maxReconnectAttempts: 0,
});
system.server.after(() => stranger.close());
const control = new ControlJobs(await system.connect());
control.start();

let injected = 0;
let stuck = 0;
let fuzzJobs = 0;

// Closed before the system is: the last one first.
system.server.after(async () => {
  await control.stop();
  system.assertAlive();
  report({
    fault: "hostile input on every subject",
    injected,
    jobs: control.jobs + fuzzJobs,
    chunks: control.chunks,
    lost: control.lost,
    wrong: control.wrong,
    doubled: 0,
    phantom: 0,
    stuck,
  });
});

const rssMib = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
};

/** Everything of ours lives, is of moderate size, and still does right what it is asked to. */
async function assertUnharmed(): Promise<void> {
  await stranger.flush();
  await control.next();
  system.assertAlive();
  for (const { id, pid } of [...system.relays, ...system.nodes]) {
    const mib = rssMib(pid);
    assert.ok(mib < RSS_MIB_MAX, `${id} has ${Math.round(mib)} MiB`);
  }
  assert.equal(stranger.isClosed(), false);
}

// A client listens to readers once it has held a table.
const input = { x: new Float64Array(100_000) };
await (await rtl.submit({ stages: { only: { tasks: ["null"] } } }, { input })).result();
const pool = (await rtl.nodes()).nodes[0]?.pool ?? "";
/** The tokens that lead to somebody, by their names in the routes. */
const served: Readonly<Record<string, readonly string[]>> = {
  pool: [pool],
  node: ["honest"],
  holder: ["relay-1", "honest", rtl.name],
};
const wrongTokens = ["nobody", "x".repeat(300), "ü", "relay-1", "a b".replace(" ", "_"), "-"];

const subjects = ({ subject }: Route, right: boolean): fc.Arbitrary<string> => {
  const names = [...subject.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const tokens = names.map((name) => {
    const known = served[name] ?? ["stranger"];
    return fc.constantFrom(...(right ? known : wrongTokens));
  });
  return fc.tuple(...tokens).map((chosen) => {
    let at = 0;
    return subject.replace(/\{\w+\}/g, () => chosen[at++] ?? "x");
  });
};

/** What a message would have to be to get far; the schema alone makes documents of nonsense. */
const documents: fc.Arbitrary<unknown> = fc.constantFrom(
  { stages: { a: { tasks: [{ add: { operations: [{ a: "x", b: 1, column: "y" }] } }] } } },
  { 0: { tasks: { null: {} } }, 1: { tasks: { sum: { columns: ["x"] } } } },
  "stages: {a: {tasks: [null]}}",
);
const deeper: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  jobSubmit: fc
    .tuple(valuesOf(routes.jobSubmit.request), documents)
    .map(([submit, spec]) => ({ ...(submit as object), spec })),
};

const fits = ({ request }: Route, data: Uint8Array): boolean => {
  if (data.length > limits.payloadBytesMax) return false;
  try {
    // An empty message says nothing, which some questions need not.
    return request.safeParse(data.length === 0 ? {} : unpack(data)).success;
  } catch {
    return false;
  }
};

/** What no message of ours can carry is sent as JSON, as far as that can. */
function bytesOf(value: unknown, asJson: boolean): Uint8Array {
  try {
    return pack(value, asJson ? "json" : "msgpack");
  } catch {
    return Buffer.from(`{"odd": ${JSON.stringify(typeof value)}}`);
  }
}

const messagesFor = (name: string, { request }: Route): fc.Arbitrary<Uint8Array> => {
  const valid = deeper[name] ?? valuesOf(request);
  const packed = fc
    .tuple(fc.oneof(valid, damagedValues(valid)), fc.boolean())
    .map(([value, asJson]) => bytesOf(value, asJson));
  return fc.oneof(packed, damagedBytes(packed));
};

/** The server itself says on some subjects that it has kept the message. */
const isAck = (data: Uint8Array): boolean =>
  /^\{"(stream|error|type)"/.test(Buffer.from(data).toString());

/** The first answer of ours, empty when nobody listens; undefined when nobody says anything. */
const ask = (subject: string, data: Uint8Array): Promise<Uint8Array | undefined> =>
  new Promise((resolve) => {
    const reply = createInbox();
    const said = (answer: Uint8Array | undefined): void => {
      clearTimeout(timer);
      subscription.unsubscribe();
      resolve(answer);
    };
    const timer = setTimeout(() => said(undefined), ANSWER_MS_MAX);
    const subscription = stranger.subscribe(reply, {
      callback: (error, message) => {
        if (error !== null) said(undefined);
        else if (!isAck(message.data)) said(message.data);
      },
    });
    stranger.publish(subject, data, { reply });
  });

/** Where answers go that nobody waits for. */
const oddReplies = [
  "",
  "$JS.API.STREAM.DELETE.RTL_EVENTS",
  "rtl.v1.node.discover",
  "rtl.v1.job.submit",
  createInbox(),
];

/** Somebody listens, so that what does not fit must be answered. */
const isServed = ({ to }: Route): boolean => to.includes("relay") || to.includes("tasknode");

for (const [name, route] of Object.entries<Route>(routes)) {
  test(`strangers on ${route.subject} are told what is wrong, and harm nobody`, async (t) => {
    const count = long ? 500 : 15;
    const seed = seedOf(t);
    const inputs = fc.sample(
      fc.record({
        data: messagesFor(name, route),
        right: subjects(route, true),
        wrong: subjects(route, false),
        way: fc.integer({ min: 0, max: 9 }),
        reply: fc.constantFrom(...oddReplies),
      }),
      { seed, numRuns: count },
    );
    for (let at = 0; at < inputs.length; at += VOLLEY) {
      await Promise.all(
        inputs.slice(at, at + VOLLEY).map(async ({ data, right, wrong, way, reply }) => {
          injected++;
          if (way === 0) return stranger.publish(wrong, data, { reply });
          if (way <= 2) return stranger.publish(right, data, { reply });
          // What fits may be something that nobody answers, or only after its work is done.
          if (!isServed(route) || fits(route, data)) {
            return stranger.publish(right, data, { reply: createInbox() });
          }
          const answer = await ask(right, data);
          const told = `${right}: ${Buffer.from(data).toString("hex").slice(0, 400)}`;
          assert.ok(answer !== undefined, `no answer on ${told}`);
          if (answer.length === 0) return;
          const { failure } = unpack(answer) as { failure?: { code?: string } };
          assert.match(String(failure?.code), /^RTL_(MESSAGE|JOB)_/, told);
        }),
      );
    }
    // Whoever may drain a node has drained it: nothing is wrong with that but who it was.
    if (route === routes.nodeDrain) await rtl.drainNode("honest", false);
    await assertUnharmed();
  });
}

test("messages at, above and far above the limit are answered or refused", async () => {
  const sizes = [limits.payloadBytesMax, limits.payloadBytesMax + 1, 8 * MIB];
  const encodings = [
    (size: number) => Buffer.from(`{"v": 1, "id": "${"x".repeat(size - 18)}"}`),
    (size: number) => {
      const data = Buffer.alloc(size, 0xc0);
      data.set([0xdd, 0, 0, 0, 0]);
      data.writeUInt32BE(size - 5, 1);
      return data;
    },
  ];
  const asked = Object.values<Route>(routes).filter(isServed);
  for (const route of long ? asked : asked.slice(0, 2)) {
    const [right] = fc.sample(subjects(route, true), 1);
    for (const size of sizes) {
      for (const make of encodings) {
        injected++;
        const data = make(size);
        assert.equal(data.length, size);
        if (fits(route, data)) {
          stranger.publish(right ?? "", data);
          continue;
        }
        const answer = await ask(right ?? "", data);
        assert.ok(answer !== undefined, `${size} bytes on ${right}`);
        if (answer.length === 0 || size <= limits.payloadBytesMax) continue;
        assert.equal(
          (unpack(answer) as { failure: { code: string } }).failure.code,
          "RTL_MESSAGE_TOO_LARGE",
        );
      }
    }
  }
  await assertUnharmed();
});

test("beats of nodes, relays and clients that nobody knows are bounded in what they cost", async () => {
  const count = long ? 100_000 : 1_500;
  const tasks = [{ name: "nothing", summary: "x".repeat(500) }];
  const beat = (n: number) => ({
    v: 1 as const,
    node: `ghost-${n}`,
    pool: `pool-${n}`,
    slots: 1,
    catalog: `c-${n}`,
    ...(n % 3 === 0 && { tasks: [{ ...tasks[0], description: `of ${n}` }] }),
  });
  const done = control.jobs;
  for (let n = 0; n < count; n++) {
    injected++;
    stranger.publish(`rtl.v1.node.ghost-${n}.beat`, pack(beat(n)));
    if (n % 10 === 0) {
      const relay = { v: 1, relay: `ghost-${n}`, jobs: 0, version: "1", startedAt: 0 };
      stranger.publish(`rtl.v1.relay.ghost-${n}.beat`, pack(relay));
      stranger.publish(`rtl.v1.client.ghost-${n}.beat`, pack({ v: 1, client: `ghost-${n}` }));
      stranger.publish(`rtl.v1.job.ghost-${n}.cancel`, pack({ id: `ghost-${n}` }));
      injected += 3;
    }
    // An answer from behind them: it is about what they leave, not about who is faster.
    if (n % 1_000 === 999) await ask("rtl.v1.job.status", pack({ id: "ghost" }));
  }
  // Answers still come, and are messages.
  const { nodes, relays } = await rtl.nodes();
  assert.ok(nodes.length <= limits.nodesMax && relays.length <= limits.relaysMax);
  await waitUntil(() => control.jobs > done + 1, "jobs go on");
  await assertUnharmed();
  // They are forgotten when they fall silent.
  await waitUntil(
    async () => (await rtl.nodes()).nodes.every(({ node }) => node === "honest"),
    "ghosts are forgotten",
    60_000,
  );
});

test("answers that a worker forges end its own jobs only, each of them", async (t) => {
  const count = long ? 300 : 12;
  const seed = seedOf(t);
  const rogue = new RogueNode(stranger, seed);
  await rogue.start();
  t.after(() => rogue.stop());
  await waitUntil(
    async () => (await rtl.nodes()).nodes.some(({ node }) => node === rogue.node),
    "the rogue is known",
  );
  for (let n = 0; n < count; n++) {
    rogue.beat();
    const task = rogue.tasks[n % rogue.tasks.length] as string;
    const stages = { a: { tasks: [{ [task]: {} }], split: { chunks: 3 }, retry: { attempts: 2 } } };
    const document = { deadline: "10s", stages };
    fuzzJobs++;
    const job = await rtl.submit(document, {
      input: { x: [1, 2, 3, 4] },
      mode: n % 2 === 0 ? "durable" : "ephemeral",
    });
    const settled = await job.done({ timeoutMs: 60_000 }).catch(() => undefined);
    if (settled === undefined) stuck++;
  }
  injected += rogue.answers;
  assert.ok(rogue.answers > 0, "it was never given work");
  assert.equal(stuck, 0);
  await assertUnharmed();
});
