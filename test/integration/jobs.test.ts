/**
 * What a job computes, on a real system: documents in both forms, stages that need each other, input
 * in rows of any number, results of any size. Every result is compared with a plain computation.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type JobDone, type JobHandle, type Table, tableToJson } from "../../src/index.ts";
import { exampleData, startSystem } from "../support/system.ts";

const system = await startSystem(undefined, { nodes: [{ threads: 2 }, { threads: 2 }] });
const rtl = await system.connect();

const numbers = (table: Table, name: string): number[] => {
  const column = table.column(name);
  assert.equal(column.kind, "numeric");
  return column.kind === "numeric" ? Array.from(column.values, Number) : [];
};
const counting = (rows: number) => Float64Array.from({ length: rows }, (_, row) => row);
const multiply = (column: string, a = "x", b: string | number = 2) => ({
  multiply: { operations: [{ a, b, column }] },
});
const finished = async (job: JobHandle): Promise<JobDone> => {
  const done = await job.done();
  assert.equal(done.state, "completed", JSON.stringify(done.failure));
  return done;
};
const chunksOf = (done: JobDone, stage: string): number | undefined =>
  done.stages.find((report) => report.stage === stage)?.chunks;

const demo = JSON.parse(readFileSync(join(exampleData, "demo/expected.json"), "utf8"));

for (const form of ["dsdsl", "dsdslTaskPrefixForm"]) {
  test(`the demo's document in its form ${form} has the expected result`, async () => {
    const table = await (await rtl.submit(demo[form])).result();
    const { columns } = tableToJson(table);
    assert.equal(table.rows, demo.expect.rows);
    assert.deepEqual(Object.keys(columns), Object.keys(demo.expect.columns));
    for (const [name, { values }] of Object.entries<{ values: unknown[] }>(demo.expect.columns)) {
      values.forEach((value, row) => {
        const [wanted, got] = [Number(value), Number(columns[name]?.values[row])];
        const close = Math.abs(wanted - got) <= 1e-9 * Math.max(1, Math.abs(wanted));
        assert.ok(close, `${name}[${row}] is ${got} instead of ${wanted}`);
      });
    }
  });
}

test("a document reads the same as an object, as JSON and as YAML, named or numbered", async () => {
  const yaml = `
version: 1
stages:
  first: {tasks: [{multiply: {operations: [{a: x, b: 2, column: y}]}}]}
  second: {tasks: [{add: {operations: [{a: y, b: x, column: z}]}}]}
`;
  const original = {
    0: { tasks: { task_multiply: { operations: [{ a: "x", b: 2, column: "y" }] } } },
    1: { tasks: { add: { operations: [{ a: "y", b: "x", column: "z" }] } } },
  };
  const input = { x: [1, 2, 3] };
  for (const document of [yaml, original, JSON.stringify(original)]) {
    const table = await (await rtl.submit(document, { input, mode: "ephemeral" })).result();
    assert.deepEqual(numbers(table, "z"), [3, 6, 9]);
  }
});

test("two branches that need the same stage run at once, and a stage that needs both joins them", async () => {
  const document = {
    stages: {
      top: { tasks: [multiply("y")] },
      left: { needs: ["top"], tasks: [{ meet: { own: "d-left", other: "d-right" } }] },
      right: { needs: ["top"], tasks: [{ meet: { own: "d-right", other: "d-left" } }] },
      both: { needs: ["left", "right"], tasks: [multiply("z", "y", 10)] },
    },
  };
  const job = await rtl.submit(document, { input: { x: [1, 2] } });
  const table = await job.result();
  assert.deepEqual(numbers(table, "z"), [20, 40, 20, 40]);
});

test("stages that need nothing run at once", async () => {
  const document = {
    stages: {
      one: { needs: [], tasks: [{ meet: { own: "i-one", other: "i-two" } }] },
      two: { needs: [], tasks: [{ meet: { own: "i-two", other: "i-one" } }] },
      end: { needs: ["two", "one"], tasks: ["null"] },
    },
  };
  const table = await (await rtl.submit(document, { input: { x: [1] } })).result();
  assert.deepEqual(numbers(table, "x"), [1, 1]);
});

test("every leaf runs, and the last stage of the document has the result", async () => {
  const document = {
    stages: {
      top: { tasks: ["null"] },
      later: { needs: ["top"], tasks: [multiply("y", "x", 3)] },
      earlier: { needs: ["top"], tasks: [multiply("y", "x", 2)] },
    },
  };
  const job = await rtl.submit(document, { input: { x: [1, 2] } });
  const table = await job.result();
  assert.deepEqual(numbers(table, "y"), [2, 4]);
  assert.deepEqual(
    (await job.done()).stages.map(({ stage, rows }) => [stage, rows]),
    [
      ["top", 2],
      ["later", 2],
      ["earlier", 2],
    ],
  );
});

test("maps that follow each other run in one process, chunk by chunk", async () => {
  const document = {
    stages: {
      first: { tasks: [{ whereabouts: { column: "p1" } }], split: { rows: 10 } },
      second: { tasks: [{ whereabouts: { column: "p2" } }] },
      third: { tasks: [{ whereabouts: { column: "p3" } }] },
    },
  };
  const table = await (await rtl.submit(document, { input: { x: counting(1_000) } })).result();
  assert.equal(table.rows, 1_000);
  assert.deepEqual(numbers(table, "p2"), numbers(table, "p1"));
  assert.deepEqual(numbers(table, "p3"), numbers(table, "p1"));
});

test("an input that is split by rows comes back whole and in its order", async () => {
  const x = counting(1_003);
  const document = { stages: { all: { tasks: [multiply("y")], split: { rows: 10 } } } };
  const job = await rtl.submit(document, { input: { x } });
  const done = await finished(job);
  assert.equal(chunksOf(done, "all"), 101);
  const table = await job.result();
  assert.deepEqual(numbers(table, "x"), [...x]);
  assert.deepEqual(
    numbers(table, "y"),
    [...x].map((value) => 2 * value),
  );
});

test("500,000 rows in chunks of 10,000 give what a plain loop gives", async () => {
  const x = Float64Array.from({ length: 500_000 }, (_, row) => Math.sin(row) * 1e6);
  const document = {
    stages: {
      all: { tasks: [multiply("y", "x", 1.5), multiply("z", "y", "x")], split: { rows: 10_000 } },
    },
  };
  const job = await rtl.submit(document, { input: { x }, mode: "ephemeral" });
  assert.equal(chunksOf(await finished(job), "all"), 50);
  const table = await job.result();
  const { values } = table.column("z") as { readonly values: Float64Array };
  assert.deepEqual(
    values,
    x.map((value) => value * 1.5 * value),
  );
});

test("a mean over chunks is the mean of all rows, at each of them", async () => {
  const x = counting(10_000);
  const document = {
    stages: {
      all: {
        tasks: [{ average: { operations: [{ a: "x", column: "mean" }] } }],
        split: { rows: 700 },
      },
    },
  };
  const table = await (await rtl.submit(document, { input: { x } })).result();
  assert.deepEqual(numbers(table, "x"), [...x]);
  assert.deepEqual(new Set(numbers(table, "mean")), new Set([4_999.5]));
});

for (const mode of ["durable", "ephemeral"] as const) {
  test(`a result of 8 MB comes back from a job that is ${mode}`, async () => {
    const x = counting(500_000);
    const document = { stages: { all: { tasks: [multiply("y")] } } };
    const table = await (await rtl.submit(document, { input: { x }, mode })).result();
    assert.deepEqual(
      (table.column("y") as { values: unknown }).values,
      x.map((value) => 2 * value),
    );
  });

  test(`a table without rows passes a job that is ${mode}, and keeps its columns`, async () => {
    const input = { x: new Float64Array(0), n: new Int32Array(0) };
    const document = {
      stages: {
        first: { tasks: [multiply("y")], split: { rows: 10 } },
        second: { tasks: [{ average: { operations: [{ a: "y", column: "mean" }] } }] },
      },
    };
    const table = await (await rtl.submit(document, { input, mode })).result();
    assert.equal(table.rows, 0);
    assert.deepEqual(table.names, ["x", "n", "y", "mean"]);
    assert.equal(table.column("n").dtype, "<i4");
  });
}

test("a filter that keeps nothing leaves an empty table with its columns", async () => {
  const operations = [{ column: "x", value: -1, method: "eq" }];
  const document = {
    stages: {
      all: { tasks: [{ filterRows: { operations } }, multiply("y")], split: { rows: 10 } },
    },
  };
  const table = await (await rtl.submit(document, { input: { x: counting(100) } })).result();
  assert.equal(table.rows, 0);
  assert.deepEqual(table.names, ["x", "y"]);
});

test("many small jobs of several clients at once each get their own result", async () => {
  const clients = await Promise.all([1, 2, 3].map(() => system.connect()));
  const jobs = clients.flatMap((client, of) =>
    Array.from({ length: 40 }, async (_, number) => {
      const x = [of * 1_000 + number];
      const mode = number % 4 === 0 ? "durable" : "ephemeral";
      const document = { 0: { tasks: multiply("y") } };
      const table = await (await client.submit(document, { input: { x }, mode })).result();
      assert.deepEqual(numbers(table, "y"), [2 * (of * 1_000 + number)]);
    }),
  );
  await Promise.all(jobs);
});

test("a job of three thousand tiny chunks has its result in order", async () => {
  const x = counting(3_000);
  const document = { stages: { all: { tasks: [multiply("y")], split: { rows: 1 } } } };
  const job = await rtl.submit(document, { input: { x } });
  assert.equal(chunksOf(await finished(job), "all"), 3_000);
  assert.deepEqual(numbers(await job.result(), "x"), [...x]);
});

test("a job whose tasks say very much still ends, with its result", async () => {
  const tasks = Array.from({ length: 8 }, () => ({ chatty: { lines: 300 } }));
  for (const mode of ["durable", "ephemeral"] as const) {
    const job = await rtl.submit({ stages: { all: { tasks } } }, { input: { x: [1] }, mode });
    const table = await job.result({ timeoutMs: 20_000 });
    assert.deepEqual(numbers(table, "x"), [1]);
  }
});

test("blocks of an ephemeral job are let go by its nodes, its relay and its client", async () => {
  const x = counting(50_000);
  const document = { stages: { all: { tasks: [multiply("y")], split: { rows: 25_000 } } } };
  const job = await rtl.submit(document, { input: { x }, mode: "ephemeral" });
  const done = await finished(job);
  await job.result();
  const [table] = done.result?.tables ?? [];
  assert.ok(table !== undefined && "holder" in table, "the result lies in blocks");
  system.assertAlive();
});
