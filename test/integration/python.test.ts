// Python beside TypeScript: the example client and worker against real services.
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type JobWireEvent, RtlError, tableToJson } from "../../src/index.ts";
import { assertPython, ended, pythonWorker, runPython } from "../support/python-client.ts";
import { startSystem } from "../support/system.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

assertPython();
const system = await startSystem();
const { url } = system;
const rtl = await system.connect();

const client = (args: readonly string[], stdin = "") =>
  runPython(url, "rtl_client.py", args, stdin);
const stage = (...tasks: object[]) => ({ version: 1, stages: { only: { tasks } } });
const lines = (text: string) => text.trim().split("\n");

test("Python submits a table, watches the job to its end and reads the exact result", async (t) => {
  const folder = tempFolder(t);
  const table = {
    rows: 3,
    columns: {
      x: { dtype: "<f8", values: [0.1, 2.5, "NaN"] },
      big: { dtype: "<i8", values: ["9007199254740993", 1, null] },
      name: { dtype: "<U5", values: ["a", "ünï✓", null] },
      yes: { dtype: "|b1", values: [true, false, true] },
    },
  };
  writeFileSync(join(folder, "table.json"), JSON.stringify(table));
  const document = stage({ filterRows: { operations: [{ column: "x", value: 1, method: ">" }] } });
  const submitted = await client(
    ["submit", "-", "--id", "from-python", "--table", join(folder, "table.json")],
    JSON.stringify(document),
  );
  assert.deepEqual(submitted, { code: 0, stdout: "from-python\n", stderr: "" });
  const watched = await client(["watch", "from-python"]);
  const events: JobWireEvent[] = lines(watched.stdout).map((line) => JSON.parse(line));
  assert.equal(watched.code, 0, watched.stderr);
  assert.equal(events[0]?.type, "job.accepted");
  const last = events.at(-1);
  assert.ok(last?.type === "job.done" && last.state === "completed" && last.rows === 1);
  const { code, stdout, stderr } = await client(["result", "from-python"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    rows: 1,
    columns: {
      x: { dtype: "<f8", values: [2.5] },
      big: { dtype: "<i8", values: [1] },
      name: { dtype: "<U5", values: ["ünï✓"] },
      yes: { dtype: "|b1", values: [false] },
    },
    order: ["x", "big", "name", "yes"],
  });
  const same = await rtl.job("from-python").result();
  assert.deepEqual(tableToJson(same).columns["big"], { dtype: "<i8", values: [1] });
});

test("Python follows and reads a job that TypeScript handed in", async () => {
  const job = await rtl.submit(stage({ null: {} }), { input: { x: Float64Array.of(1, 2) } });
  const watched = await client(["watch", job.id]);
  assert.equal(watched.code, 0, watched.stderr);
  assert.equal(JSON.parse(lines(watched.stdout).at(-1) ?? "").state, "completed");
  const { stdout } = await client(["result", job.id]);
  assert.deepEqual(JSON.parse(stdout).columns, { x: { dtype: "<f8", values: [1, 2] } });
});

test("a fault in a document reaches Python with its place and what to do", async () => {
  const { code, stderr } = await client(["submit", "-"], JSON.stringify(stage({ averag: {} })));
  assert.equal(code, 1);
  assert.match(stderr, /RTL_JOB_INVALID.*stages\.only\.tasks\[0\].*did you mean "average"\?/);
});

test("Python cancels a running job, and its worker heeds it", async (t) => {
  const worker = await pythonWorker(t, url, "py-cancel");
  const job = await rtl.submit(stage({ nap: {} }));
  for await (const event of job.watch()) if (event.type === "stage.started") break;
  const { code, stderr } = await client(["cancel", job.id, "--reason", "too slow"]);
  assert.equal(code, 0, stderr);
  const result = await client(["result", job.id]);
  assert.equal(result.code, 3);
  assert.match(result.stderr, /RTL_JOB_CANCELLED: .*too slow/);
  const next = await rtl.submit(stage({ same: {} }));
  assert.equal((await next.result()).rows, 1);
  assert.equal(await ended(worker.child), 0);
});

test("a job from TypeScript mixes our tasks and Python's over several chunks", async (t) => {
  await pythonWorker(t, url, "py-mix");
  const x = Float64Array.from({ length: 100 }, (_, i) => i);
  const name = Array.from(x, (i) => (i % 7 === 0 ? null : `row ${i}`));
  const job = await rtl.submit(
    {
      version: 1,
      stages: {
        keep: {
          tasks: [{ filterRows: { operations: [{ column: "x", value: 30, method: ">=" }] } }],
          split: { rows: 10 },
        },
        loud: { tasks: [{ shout: { column: "name" } }] },
        mean: { tasks: [{ average: { operations: [{ a: "length", column: "mean" }] } }] },
      },
    },
    { input: Array.from(x, (value, row) => ({ x: value, name: name[row] })) },
  );
  const done = await job.done();
  assert.equal(done.state, "completed", JSON.stringify(done.failure));
  const kept = name.slice(30).map((text) => text?.toUpperCase() ?? null);
  const lengths = kept.map((text) => text?.length ?? null);
  const known = lengths.filter((length) => length !== null);
  const { rows, columns } = tableToJson(await job.result());
  assert.equal(rows, 70);
  assert.deepEqual(columns["x"]?.values, Array.from(x.slice(30)));
  assert.deepEqual(columns["name"]?.values, kept);
  assert.deepEqual(columns["length"], { dtype: "<i8", values: lengths });
  const mean = known.reduce((sum, length) => sum + length, 0) / known.length;
  assert.deepEqual(columns["mean"]?.values, Array(70).fill(mean));
  const loud = done.stages.find((report) => report.stage === "loud");
  assert.deepEqual(loud?.nodes, { "py-mix": 10 });
  assert.ok(loud?.tasks[0]?.lines.includes("10 texts"));
});

test("a Python task that raises fails its job with its whole place, and no other job", async (t) => {
  await pythonWorker(t, url, "py-fail");
  const failing = { ...stage({ failAt: { value: 25 } }).stages.only, split: { rows: 10 } };
  const input = { x: Float64Array.from({ length: 40 }, (_, i) => i) };
  const job = await rtl.submit({ version: 1, stages: { try: failing } }, { input });
  await assert.rejects(job.result(), (error) => {
    assert.ok(error instanceof RtlError);
    assert.equal(error.code, "RTL_TASK_FAILED");
    assert.equal(error.message, "task failAt failed: no luck with 25");
    const at = { job: job.id, stage: "try", task: "failAt", chunk: 2, node: "py-fail", attempt: 1 };
    assert.deepEqual(error.at, at);
    return true;
  });
  const next = await rtl.submit({ version: 1, stages: { try: failing } }, { input: { x: [1] } });
  assert.equal((await next.result()).rows, 1);
  await assert.rejects((await rtl.submit(stage({ ragged: {} }))).result(), {
    code: "RTL_TABLE_INVALID",
    message: /differ in length/,
  });
});

test("parameters of a Python task are checked by the schema that it published", async (t) => {
  await pythonWorker(t, url, "py-schema");
  await assert.rejects(rtl.submit(stage({ shout: { colum: "name" } })), {
    code: "RTL_JOB_INVALID",
    message: /stages\.only\.tasks\[0\]\.shout/,
  });
});

test("a table above the inline limit comes back from Python, and can be worked on", async (t) => {
  await pythonWorker(t, url, "py-large");
  const document = stage({ widen: { times: 20_000 } }, { null: {} });
  const job = await rtl.submit(document, { input: { x: Float64Array.of(1, 2) } });
  const table = await job.result();
  assert.equal(table.rows, 40_000);
  const { code, stdout, stderr } = await client(["result", job.id]);
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).columns.x.values.length, 40_000);
});

test("two Python workers share one job", async (t) => {
  const workers = [await pythonWorker(t, url, "py-a"), await pythonWorker(t, url, "py-b")];
  const folder = tempFolder(t);
  const shared = { ...stage({ rendezvous: { folder } }).stages.only, split: { rows: 1 } };
  const input = { x: Float64Array.of(1, 2, 3, 4) };
  const job = await rtl.submit({ version: 1, stages: { shared } }, { input });
  const { columns } = tableToJson(await job.result());
  const pids = new Set(columns["pid"]?.values);
  assert.deepEqual(
    pids,
    new Set(workers.map(({ pid }) => pid)),
    "one worker alone can never finish this job",
  );
});

test("the work of a Python worker that is killed is done by the other", async (t) => {
  const workers = [await pythonWorker(t, url, "py-c"), await pythonWorker(t, url, "py-d")];
  const folder = tempFolder(t);
  const job = await rtl.submit(stage({ hold: { folder } }));
  const held = () => readdirSync(folder).flatMap((name) => /^held-(\d+)$/.exec(name)?.[1] ?? []);
  await waitUntil(() => held().length > 0, "no worker has taken the work");
  const victim = workers.find(({ pid }) => String(pid) === held()[0]);
  const other = workers.find((worker) => worker !== victim);
  victim?.child.kill("SIGKILL");
  writeFileSync(join(folder, "go"), "");
  const { columns } = tableToJson(await job.result());
  assert.deepEqual(columns["pid"]?.values, [other?.pid]);
  const { counts } = await job.done();
  assert.equal(counts.attempts, 2);
});

test("the demo runs", async () => {
  const { code, stdout, stderr } = await runPython(url, "demo.py");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /'mean': \[4\.0, 4\.0\]/);
  assert.match(stdout, /'desserts', 'reward'/);
  assert.match(stdout, /RTL_JOB_CANCELLED .* enough is enough/);
});

test("the client says what is wrong when no server answers", async () => {
  const { code, stderr } = await runPython("nats://127.0.0.1:1", "rtl_client.py", ["watch", "x"]);
  assert.equal(code, 69);
  assert.match(stderr, /RTL_BUS_UNREACHABLE: no NATS server answers at 127\.0\.0\.1:1/);
});
