/**
 * The task bundle on a real system: several nodes, real chunks, states and tables that move between
 * processes. What single tasks compute is tested beside them; here it is that nothing is lost on the
 * way.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type JobDone, tableToJson } from "../../src/index.ts";
import { decodeMessage } from "../../src/protocol/codec.ts";
import { plotSchema } from "../../src/protocol/plot-message.ts";
import { tableDifference } from "../../src/table/compare.ts";
import { tableFromJson } from "../../src/table/json.ts";
import { busOn } from "../support/quiet-bus.ts";
import { exampleData, startSystem } from "../support/system.ts";

const system = await startSystem(undefined, { nodes: [{ threads: 1 }, { threads: 1 }] });
const rtl = await system.connect();
const demo = JSON.parse(readFileSync(join(exampleData, "demo/expected.json"), "utf8"));
type Calls = readonly Readonly<Record<string, unknown>>[];

/** A document of one stage, cut into so many chunks. */
const inChunks = (chunks: number, tasks: Calls) => ({
  version: 1,
  stages: { only: { tasks, split: { chunks } } },
});

test("the demo with every task over at least four chunks has the result that is known for it", async () => {
  const tasks = Object.values<{ tasks: Record<string, unknown> }>(demo.dsdsl).flatMap((stage) =>
    Object.entries(stage.tasks).map(([task, params]) => ({ [task]: params })),
  );
  const job = await rtl.submit(inChunks(5, tasks));
  const done: JobDone = await job.done();
  assert.equal(done.state, "completed", JSON.stringify(done.failure));
  const runs = done.stages.flatMap((stage) => stage.tasks.map((task) => [task.task, task.runs]));
  assert.equal(runs.length, tasks.length);
  for (const [task, count] of runs) assert.ok(Number(count) >= 4, `${task} ran ${count} times`);
  const expected = tableFromJson(demo.expect);
  assert.equal(tableDifference(expected, await job.result(), { relative: 1e-9 }), undefined);
});

test("states too large for a message, and a reduce, cross from node to node", async () => {
  const rows = 60_000;
  const input = {
    key: BigInt64Array.from({ length: rows }, (_, row) => BigInt((row * 7_919) % 20_011)),
    x: Float64Array.from({ length: rows }, (_, row) => row),
  };
  const tasks = [
    { classifyStatic: { operations: [{ a: "key", column: "c" }] } },
    { sort: { axis: 0, method: "stable", column: "key" } },
  ];
  const whole = await (await rtl.submit(inChunks(1, tasks), { input })).result();
  const job = await rtl.submit(inChunks(8, tasks), { input });
  assert.equal(tableDifference(whole, await job.result()), undefined);
  const { columns } = tableToJson(whole);
  assert.deepEqual(columns["cClass"]?.values.slice(0, 4), [0, 0, 0, 1]);
  assert.equal(columns["cClassCount"]?.values[0], 3);
});

test("stages are joined, grouped and put below one another as their document says", async () => {
  const rows = 20_000;
  const input = {
    id: BigInt64Array.from({ length: rows }, (_, row) => BigInt((row * 7_919) % 1_000)),
    x: Float64Array.from({ length: rows }, (_, row) => row % 97),
  };
  const operations = [
    { method: "count", column: "rows" },
    { method: "mean", a: "x", column: "mean" },
  ];
  const document = (chunks: number) => ({
    version: 1,
    stages: {
      all: { tasks: [{ null: {} }], split: { chunks } },
      means: { needs: ["all"], tasks: [{ groupBy: { by: ["id"], operations } }] },
      none: {
        needs: ["means"],
        tasks: [{ filterRows: { operations: [{ column: "id", value: 0, method: "<" }] } }],
      },
      joined: { needs: ["all", "means"], tasks: [{ join: { on: "id", how: "left" } }] },
      top: { needs: ["joined"], tasks: [{ topK: { k: 5, column: "mean" } }] },
      last: { needs: ["top", "none", "means"], tasks: [{ concat: {} }] },
    },
  });
  const whole = await (await rtl.submit(document(1), { input })).result();
  const parts = await (await rtl.submit(document(6), { input })).result();
  assert.equal(tableDifference(whole, parts, { relative: 1e-12 }), undefined);
  assert.deepEqual(whole.names, ["id", "x", "rows", "mean"]);
  assert.equal(whole.rows, 1_005);
  assert.deepEqual(
    tableToJson(whole).columns["rows"]?.values.slice(0, 6),
    [20, 20, 20, 20, 20, 20],
  );
});

test("a plot that a task makes reaches whoever listens on the job's subject", async () => {
  const bus = await busOn(system.server, "page");
  const plots = bus.connection.subscribe("rtl.v1.job.*.plot", { max: 1 });
  await bus.connection.flush();
  const draw = { x: "x", y: "y", type: "line", scale: "linear", series: null };
  const input = { x: Float64Array.of(1, 2), y: Float64Array.of(3, 4) };
  const document = inChunks(1, [{ simplePlot: { plots: { seen: [draw] } } }]);
  const job = await rtl.submit(document, { input });
  for await (const message of plots) {
    const plot = decodeMessage(plotSchema, message.data);
    assert.deepEqual([plot.job, plot.stage, plot.name], [job.id, "only", "seen"]);
    assert.deepEqual(plot.draws, [{ type: "line", x: [1, 2], y: [3, 4], series: null }]);
  }
  assert.equal((await job.result()).rows, 2);
});
