/**
 * Everything that a user or a stranger on the bus can do wrong, on a real system. The sender is told
 * what is wrong, no process ends, and the next job is right.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import { connect, type JobHandle } from "../../src/index.ts";
import { pack, unpack } from "../../src/protocol/codec.ts";
import { routes } from "../../src/protocol/routes.ts";
import { failureOf } from "../support/failures.ts";
import { startSystem } from "../support/system.ts";

const system = await startSystem(undefined, { nodes: [{ threads: 1 }] });
const rtl = await system.connect();
const log = createLog({ logLevel: "silent", logFormat: "json" });
const bus = await connectBus({ servers: system.url, id: "stranger", log });
system.server.after(() => bus.drain());

const one = (task: string, params: object = {}) => ({
  stages: { all: { tasks: [{ [task]: params }] } },
});
const run = async (document: object, input: object = { x: [1, 2] }) => {
  const job: JobHandle = await rtl.submit(document, { input });
  return await job.result({ timeoutMs: 20_000 });
};

afterEach(async () => {
  system.assertAlive();
  const operations = [{ a: "x", b: 2, column: "y" }];
  const table = await run(one("multiply", { operations }), { x: [4] });
  assert.deepEqual([...(table.column("y") as { values: Float64Array }).values], [8]);
});

test("an unknown task is named, with the one that was meant", async () => {
  const error = await failureOf(run(one("multipyl")), "RTL_JOB_INVALID");
  assert.match(JSON.stringify(error.toFailure()), /multiply/);
});

test("all faults of a document are told at once, each with its place", async () => {
  const document = {
    stages: {
      first: { tasks: [{ nonsense: {} }] },
      second: { tasks: [{ add: { operatoins: [] } }] },
      third: { tasks: [{ multiply: { operations: [{ a: 1, b: 2, column: "y" }] } }] },
    },
  };
  const { problems } = await failureOf(run(document), "RTL_JOB_INVALID");
  const paths = problems.map(({ path }) => path).join(" ");
  for (const stage of ["first", "second", "third"]) assert.match(paths, new RegExp(stage));
  assert.match(JSON.stringify(problems), /operations/);
});

test("more faults than a message can hold are answered all the same", async () => {
  const names = Array.from({ length: 900 }, (_, stage) => `stage-${stage}-${"x".repeat(40)}`);
  const tasks = Array.from({ length: 9 }, (_, at) => ({ [`no-such-task-${at}`]: {} }));
  const document = { stages: Object.fromEntries(names.map((name) => [name, { tasks }])) };
  const { problems } = await failureOf(run(document), "RTL_JOB_INVALID");
  assert.ok(problems.length >= 20);
});

test("a missing file and a file outside the data folders are refused by name", async () => {
  const file = (path: string) => one("open", { file: path });
  assert.match((await failureOf(run(file("no/such.arrow")), "RTL_FILE_MISSING")).message, /such/);
  const error = await failureOf(run(file("../../etc/passwd")), "RTL_FILE_REFUSED");
  assert.equal(error.at?.task, "open");
});

test("a line of a csv that is wrong is named by file, line and column", async () => {
  const meta = Buffer.from("[<@'a', '<i8'@>, <@'b', '<f8'@>]").toString("base64");
  const csv = (name: string, text: string, delimiter = ",") => {
    writeFileSync(join(system.data, `${name}.csv`), text);
    writeFileSync(join(system.data, `${name}.meta`), meta);
    const params = { path: ".", filename: name, extension: "csv", delimiter };
    return failureOf(run(one("openArray", params)), "RTL_FILE_INVALID");
  };
  assert.match((await csv("short", "1,2\n3\n")).message, /short\.csv, line 2/);
  assert.match((await csv("words", "1,2\n3,4\n5,six\n")).message, /words\.csv, line 3, column 2/);
  assert.match((await csv("wrong", "1,2\n3,4\n", ";")).message, /wrong\.csv, line 1/);
});

test("stages in a circle and a document without stages are refused before anything is sent", async () => {
  const circle = {
    stages: { a: { needs: ["b"], tasks: ["null"] }, b: { needs: ["a"], tasks: ["null"] } },
  };
  const error = await failureOf(run(circle), "RTL_JOB_INVALID");
  assert.match(error.message, /a -> b -> a|b -> a -> b/);
  await failureOf(run({ stages: {} }), "RTL_JOB_INVALID");
});

test("a document of 50 MB is refused, as text, as an object, and straight on the bus", async () => {
  const text = `{"0": {"tasks": {"null": {"x": "${"y".repeat(50_000_000)}"}}}}`;
  await failureOf(rtl.submit(text), "RTL_DOCUMENT_TOO_LARGE");
  const object = one("null", { x: "y".repeat(50_000_000) });
  const error = await failureOf(rtl.submit(object));
  assert.ok(["RTL_DOCUMENT_TOO_LARGE", "RTL_MESSAGE_TOO_LARGE"].includes(error.code), error.code);
  const spec = { 0: { tasks: { null: { x: "y".repeat(600_000) } } } };
  await failureOf(
    submitRaw({ v: 1, id: "large", client: "stranger", spec }),
    "RTL_DOCUMENT_TOO_LARGE",
  );
});

const submitRaw = (message: object) =>
  bus.request(routes.jobSubmit, {}, message as never, { timeoutMs: 10_000 });

test("ids that are no token are refused by the client and on the bus", async () => {
  for (const id of ["a.b", "*", ">", "a b", "", "x".repeat(65), "ü", "a\r\nPUB x 0\r\n"]) {
    for (const mode of ["durable", "ephemeral"] as const) {
      await failureOf(
        rtl.submit(one("null"), { id, mode }).then((job) => job.result()),
        "RTL_MESSAGE_INVALID",
      );
    }
    assert.throws(() => rtl.job(id), { code: "RTL_MESSAGE_INVALID" });
    const spec = one("null");
    await failureOf(submitRaw({ v: 1, id, client: "stranger", spec }), "RTL_MESSAGE_INVALID");
  }
  await failureOf(connect({ servers: system.url, name: "a.b" }), "RTL_MESSAGE_INVALID");
});

test("whole numbers of 64 bits in a document are numbers", async () => {
  const { created } = await submitRaw({
    v: 1,
    id: "bigints-2",
    client: "stranger",
    spec: one("null", { n: 2n ** 40n }),
  });
  assert.equal(created, true);
  assert.equal((await rtl.job("bigints-2").done()).state, "completed");
});

test("numbers that are none, and inputs that are not what they claim, fail their job only", async () => {
  const spec = one("null");
  const submits = [
    { spec, input: { rows: Number.NaN, bytes: 1, inline: new Uint8Array(8) } },
    { spec, input: { rows: -1, bytes: 1, inline: new Uint8Array(8) } },
    { spec, input: { rows: 1e300, bytes: 1, inline: new Uint8Array(8) } },
    { spec: { deadline: Number.NaN, ...spec } },
    { spec: 7 },
    { spec: [[[[]]]] },
    { spec: { stages: { all: { tasks: [{ null: {} }], split: { rows: Number.NaN } } } } },
    { spec, v: 2 },
    { spec, mode: "sideways" },
  ];
  for (const [at, submit] of submits.entries()) {
    const message = { v: 1, id: `bad-${at}`, client: "stranger", ...submit };
    const error = await failureOf(submitRaw(message));
    assert.ok(
      ["RTL_MESSAGE_INVALID", "RTL_JOB_INVALID"].includes(error.code),
      `${at}: ${error.code}`,
    );
  }
});

const broken: readonly (readonly [string, object])[] = [
  ["bytes that are no table", { rows: 2, bytes: 64, inline: new Uint8Array(64).fill(7) }],
  ["fewer rows than it says", { rows: 1e15, bytes: 0, inline: new Uint8Array(0) }],
  ["a block that nobody holds", { rows: 5, bytes: 1_000, block: "gone.1", holder: "nobody" }],
  ["a block larger than memory", { rows: 5, bytes: 2 ** 50, block: "huge.1", holder: "nobody" }],
  ["JSON that is no table", { rows: 1, json: { rows: 3, columns: { x: 7 } } }],
];
for (const [what, input] of broken) {
  for (const mode of ["durable", "ephemeral"] as const) {
    test(`an input with ${what} fails its job when it is ${mode}`, async () => {
      const id = `broken-${mode}-${what.replaceAll(/\W/g, "-")}`;
      const operations = [{ a: "x", b: 2, column: "y" }];
      const spec = one("multiply", { operations });
      const message = { v: 1, id, mode, client: "stranger", spec, input };
      const said = await new Promise<unknown>((resolve) => {
        const reply = bus.openReply((answer, failure) => {
          const { type, created } = (answer ?? {}) as { type?: string; created?: boolean };
          if (failure !== undefined || type === "job.done" || created === true) {
            reply.close();
            resolve(failure ?? answer);
          }
        });
        bus.connection.publish("rtl.v1.job.submit", pack(message), { reply: reply.subject });
      });
      if (mode === "durable" && (said as { created?: boolean }).created === true) {
        assert.equal((await rtl.job(id).done({ timeoutMs: 20_000 })).state, "failed");
      } else
        assert.ok("code" in (said as object) || (said as { state: string }).state === "failed");
    });
  }
}

const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);
const junk: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array(0)],
  ["one byte that msgpack never begins with", Uint8Array.of(0xc1)],
  ["a truncated frame", Uint8Array.of(0xc1, 1, 2, 0, 255, 255, 0, 0)],
  ["a frame of more tables than it has bytes", Uint8Array.of(0xc1, 1, 255, 255, 1, 0, 0, 0)],
  ["a map of four billion keys", Uint8Array.of(0xdf, 255, 255, 255, 255)],
  ["a list in a list in a list", new Uint8Array(100_000).fill(0x91)],
  ["JSON cut short", Buffer.from('{"id": "x')],
  ["a JSON bomb", Buffer.from(`{"spec": ${deep("[", "]")}}`)],
  ["JSON objects nested without end", Buffer.from(deep('{"a":', "}"))],
  ["a prototype", Buffer.from('{"__proto__": {"id": "x"}, "constructor": 1}')],
  ["wrong types throughout", pack({ v: "1", id: 7, node: {}, items: 3, key: [], job: null })],
  ["text", Buffer.from("hello, is anybody there?")],
  ["a number", pack(42)],
];
/** A client listens to readers once it has held a table. */
async function holdsSomething(): Promise<void> {
  const document = { version: 1, stages: { only: { tasks: ["null"] } } };
  const job = await rtl.submit(document, { input: { x: new Float64Array(100_000) } });
  assert.equal((await job.result()).rows, 100_000);
}

test("junk on every subject is answered where there is a reply, and ends nobody", async () => {
  const tokens = { job: "j", node: "node-1", relay: "relay-1", client: "c", group: "g", user: "u" };
  await holdsSomething();
  for (const { subject, reply } of Object.values(routes)) {
    const holders = subject.includes("{holder}") ? ["relay-1", "node-1", rtl.name] : [""];
    const { nodes } = await rtl.nodes();
    for (const holder of holders) {
      const filled = { ...tokens, holder, pool: nodes[0]?.pool ?? "" } as Record<string, string>;
      const address = subject.replace(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? "");
      for (const [what, data] of junk) {
        if (reply === undefined || subject.includes(".work")) {
          bus.connection.publish(address, data);
          continue;
        }
        const answer = await bus.connection.request(address, data, { timeout: 10_000 });
        const { failure } = unpack(answer.data) as { failure?: { code?: string } };
        // Some of it asks for nothing wrong where nothing need be said.
        const free = address.endsWith(".list") && failure === undefined;
        assert.ok(free || failure?.code === "RTL_MESSAGE_INVALID", `${what} on ${address}`);
      }
    }
  }
  await bus.flush();
});

for (const [task, code, pattern] of [
  ["throwsNothing", "RTL_TASK_FAILED", /./],
  ["noTable", "RTL_TASK_FAILED", /table/],
  ["exits", "RTL_WORK_LOST", /exit/],
] as const) {
  test(`a task such as ${task} fails its job and leaves the thread clean`, async () => {
    const document = one(task, { at: 1 });
    const error = await failureOf(run(document, { x: [1.5, 1] }), code);
    assert.match(error.message, pattern);
    assert.deepEqual([error.at?.task, error.at?.stage, error.at?.node], [task, "all", "node-1"]);
  });
}
