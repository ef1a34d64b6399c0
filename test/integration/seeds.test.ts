/**
 * The programs in the README files of both raspi-rtl systems, in TypeScript, word for word as our own
 * README shows them: whoever comes from there must find everything working.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tableFromArrays } from "apache-arrow";
import {
  Cache,
  Dispatcher,
  Envelope,
  Meta,
  Pipeline,
  Tools,
  Transform,
  tableFromContents,
  tableToJson,
  tableToText,
} from "../../src/index.ts";
import { exampleData, startSystem } from "../support/system.ts";

const vectors = fileURLToPath(new URL("../../../test/vectors/files/openArray", import.meta.url));
const system = await startSystem(undefined, {
  nodes: [{ threads: 2, dataRoots: [vectors, exampleData] }],
});
// The programs as users write them find the server by NATS_URL.
process.env["NATS_URL"] = system.url;

test("creates a job and uses the client as version 0.4 does", async () => {
  const envelope = new Envelope();
  const meta = new Meta();
  const pipeline = new Pipeline();
  pipeline.tasks = ["task_sum", "task_sum", "task_sum", "task_sum"];
  const data = [
    [1, 2, 3],
    [2, 3, 4],
    [5, 3, 4],
    [1, 2, 3],
  ];
  const header = Tools.createId();
  envelope.pack(header, meta.extract(), pipeline.extract(), data);
  assert.equal(envelope.lifespan, 4);

  const dispatcher = new Dispatcher();
  const answer = await dispatcher.send(envelope);
  await dispatcher.close();

  assert.deepEqual(answer.getData(), [[6], [9], [12], [6]]);
  assert.equal(answer.getHeader(), header);
  assert.equal(answer.lifespan, 0);
  assert.equal(answer.getMeta().length, 4);
  assert.deepEqual(answer.getPipeline()?.tasks, []);
  assert.deepEqual(answer.getPipeline()?.completed, pipeline.tasks);
});

test("multiplies rows by themselves and averages them, as version 0.4 does", async () => {
  const pipeline = { ...new Pipeline().extract(), tasks: ["task_multiply", "task_get_average"] };
  const data = [
    [1, 2, 3],
    [2, 3, 4],
  ];
  const envelope = new Envelope();
  envelope.pack(Tools.createId(), new Meta().extract(), pipeline, data);
  const dispatcher = new Dispatcher();
  const answer = await dispatcher.send(envelope);
  await dispatcher.close();
  assert.deepEqual(answer.getData(), [[14 / 3], [29 / 3]]);
});

test("tells of the null job what the interactive example shows", async () => {
  const DSDSL = { 0: { tasks: { task_null: {} } } };
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const result = await new Transform({ verbosity: 1, print }).execute(DSDSL).result();

  assert.deepEqual(tableToJson(result), {
    rows: 1,
    columns: { 1: { dtype: "<i8", values: [0] } },
  });
  const [head, running, completed, total, ...more] = lines;
  assert.match(head ?? "", /^Running: 0 - [0-9a-f-]{36}$/);
  assert.equal(running, "Running: null");
  assert.match(completed ?? "", /^Completed: \d+\.\d\d ms null$/);
  assert.match(total ?? "", /^Total Elapsed Time: \d+(\.\d+)?$/);
  assert.deepEqual(more, []);
});

test("prints nothing unless it is asked to", async () => {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const DSDSL = { 0: { tasks: { task_null: {} } } };
  const result = await new Transform({ print }).execute(DSDSL).result();
  assert.equal(result.rows, 1);
  assert.deepEqual(lines, []);
});

test("prints what the tasks say at verbosity 2", async () => {
  const lines: string[] = [];
  const operations = [{ column: "x", value: 3, method: "eq" }];
  const DSDSL = { 0: { tasks: { task_filter: { operations } } } };
  await new Transform({ verbosity: 2, print: (line) => void lines.push(line) })
    .execute(DSDSL, { input: { x: [1, 2, 3, 4] } })
    .result();
  assert.ok(lines.includes("=> Filtered Results: (1,)"), lines.join("\n"));
});

test("opens a binary array with the built-in client", async () => {
  const DSDSL = {
    0: {
      tasks: {
        task_open_array: { filename: "small", path: ".", extension: "dat", delimiter: null },
      },
    },
  };
  const r = await new Transform().execute(DSDSL).result();
  assert.ok(r.rows > 0);
  assert.match(tableToText(r), /\w/);
});

test("tells of several stages one after the other, though they ran as one", async () => {
  const lines: string[] = [];
  const input = { totalRunTime: [4, 2, 6], readBytes: [8, 6, 9], stage: [1, 2, 1] };
  const DSDSL = {
    0: { tasks: { task_null: {} } },
    1: {
      tasks: {
        task_filter: { operations: [{ column: "stage", value: 1, method: "eq" }] },
        task_add: { operations: [{ a: "totalRunTime", b: "readBytes", column: "both" }] },
        task_divide: { operations: [{ a: "both", b: 2, column: "half" }] },
        task_subtract: { operations: [{ a: "both", b: "half", column: "rest" }] },
        task_average: { operations: [{ a: "rest", column: "mean" }] },
      },
    },
  };
  const result = await new Transform({ verbosity: 1, print: (line) => void lines.push(line) })
    .execute(DSDSL, { input })
    .result();
  assert.deepEqual(tableToJson(result).columns["mean"]?.values, [6.75, 6.75]);
  const told = lines.map((line) => line.replace(/ - .*|\d+\.\d+ ms /g, ""));
  assert.deepEqual(told.slice(0, -1), [
    ...["Running: 0", "Running: null", "Completed: null"],
    "Running: 1",
    ...["filterRows", "add", "divide", "subtract", "average"].flatMap((task) => [
      `Running: ${task}`,
      `Completed: ${task}`,
    ]),
  ]);
});

const contents: readonly (readonly [string, unknown])[] = [
  ["plain typed arrays", { x: Float64Array.of(1, 2), y: Int32Array.of(3, 4) }],
  [
    "records",
    [
      { x: 1, y: 3 },
      { x: 2, y: 4 },
    ],
  ],
  ["an Arrow table", tableFromArrays({ x: Float64Array.of(1, 2), y: Int32Array.of(3, 4) })],
  ["columns of values", { x: [1, 2], y: [3, 4] }],
];
for (const [kind, array] of contents) {
  test(`lets a client of one's own pass ${kind} instead of loading an array`, async () => {
    const envelope = new Envelope();
    const dispatcher = new Dispatcher();
    const cache = new Cache();
    const DSDSL = {
      0: { tasks: { task_add: { operations: [{ a: "x", b: "y", column: "sum" }] } } },
    };
    envelope.pack(1);
    envelope.setContents(array);
    await cache.put(envelope.getId(), DSDSL[0]);
    assert.deepEqual(await cache.get(envelope.getId()), DSDSL[0]);

    const result = await dispatcher.send(envelope);
    await Promise.all([cache.close(), dispatcher.close()]);

    assert.equal(result, envelope);
    assert.equal(result.lifespan, 0);
    const table = result.result();
    assert.deepEqual(table.names, ["x", "y", "sum"]);
    assert.deepEqual(tableToJson(table).columns["sum"]?.values, [4, 6]);
  });
}

test("opens an array from the stage that a client of one's own stored", async () => {
  const envelope = new Envelope();
  const dispatcher = new Dispatcher();
  const cache = new Cache();
  const DSDSL = {
    0: {
      tasks: {
        task_open_array: { filename: "small", path: ".", extension: "dat", delimiter: null },
      },
    },
  };
  envelope.pack(1);
  envelope.setContents(tableFromContents({ unused: [1] }));
  await cache.put(envelope.getId(), DSDSL[0]);
  const result = await dispatcher.send(envelope);
  const same = await new Transform().execute(DSDSL).result();
  await Promise.all([cache.close(), dispatcher.close()]);
  assert.deepEqual(tableToJson(result.result()), tableToJson(same));
});

test("says what is missing when no stage was stored for an envelope", async () => {
  const dispatcher = new Dispatcher();
  await assert.rejects(dispatcher.send(new Envelope().pack(1)), {
    code: "RTL_JOB_INVALID",
    fix: /cache\.put/,
  });
  await dispatcher.close();
});
