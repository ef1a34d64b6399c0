import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { RtlError } from "../../../src/protocol/errors.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { defaultTable, type Table } from "../../../src/table/table.ts";
import { defineTask, type TaskDefinition } from "../../../src/task/define-task.ts";
import { createLibrary } from "../../../src/task/library.ts";
import { overlayFiles } from "../../../src/task/overlay-files.ts";
import { paramsProblems } from "../../../src/task/params.ts";
import { type Call, type CallReport, runCalls } from "../../../src/task/run-calls.ts";

const params = z.strictObject({
  operations: z.array(z.strictObject({ column: z.string(), method: z.string() })).optional(),
  lines: z.number().optional(),
});
const talker = defineTask({
  name: "talker",
  summary: "test",
  shape: "map",
  params,
  example: {},
  run(table, { lines = 0 }, context) {
    for (let i = 0; i < lines; i++) context.log(`line ${i}`);
    context.tally("kept {}", table.rows);
    context.tally("kept {}", 0);
    return table;
  },
});
const failing = (thrown: unknown) =>
  defineTask({
    name: "failing",
    summary: "test",
    shape: "map",
    params: z.looseObject({}),
    example: {},
    run(): Table {
      throw thrown;
    },
  });
const count = defineTask({
  name: "count",
  summary: "test",
  shape: "fold",
  params: z.strictObject({}),
  example: {},
  measure: (table) => table.rows,
  merge: (a: number, b: number) => a + b,
  apply: (table) => table,
  report: (state, _params, context) => context.log(`rows ${state}`),
});

const shrink = defineTask({
  name: "shrink",
  summary: "test",
  shape: "reduce",
  params: z.strictObject({}),
  example: {},
  partial: (table, _params, context) => {
    context.log(`partial ${table.rows}`);
    return table;
  },
  combine: (table, _params, context) => {
    context.log(`combine ${table.rows}`);
    return table;
  },
});

function run(tasks: readonly unknown[], calls: readonly Call[], cancelled = () => false) {
  const seen: CallReport[] = [];
  const around = {
    signal: new AbortController().signal,
    isCancelled: cancelled,
    range: undefined,
    files: overlayFiles("/nonexistent", "/nonexistent"),
  };
  const library = createLibrary(tasks as TaskDefinition[]);
  const result = runCalls(
    calls,
    defaultTable(),
    library,
    () => around,
    (report) => seen.push(report),
  );
  return result.then((value) => ({ ...value, seen }));
}

test("each call is reported with its rows, tallies in order and log lines", async () => {
  const { seen, reports } = await run(
    [talker],
    [{ task: "talker", params: { lines: 2 }, part: "run" }],
  );
  assert.deepEqual(seen, reports);
  const [{ ms, ...report } = { ms: -1 }] = reports;
  assert.ok(ms >= 0);
  assert.deepEqual(report, {
    task: "talker",
    rowsIn: 1,
    rowsOut: 1,
    tallies: [
      { template: "kept {}", count: 1 },
      { template: "kept {}", count: 0 },
    ],
    lines: ["line 0", "line 1"],
    plots: [],
    linesDropped: 0,
  });
});

test("log lines beyond the limit are counted, not kept", async () => {
  const lines = limits.logLinesMax + 5;
  const { reports } = await run([talker], [{ task: "talker", params: { lines }, part: "run" }]);
  assert.equal(reports[0]?.lines.length, limits.logLinesMax);
  assert.equal(reports[0]?.linesDropped, 7);
});

test("every fault in parameters is listed, with its path and the nearest key", () => {
  const wrong = { operations: [{ colum: "a", method: 1 }], unknown: 1 };
  assert.deepEqual(
    paramsProblems(talker, wrong).map(({ path, message, fix }) => [path, message, fix]),
    [
      ["operations[0].method", "expected a text, received 1", undefined],
      ["operations[0]", 'unknown key "colum", did you mean "column"?', 'write "column"'],
      ["", 'unknown key "unknown"', "the keys here are operations, lines"],
    ],
  );
  assert.deepEqual(paramsProblems(talker, {}), []);
});

test("a user's error keeps its code and is told the task; anything else is the task's failure", async () => {
  const call: Call = { task: "failing", params: {}, part: "run" };
  const own = new RtlError("RTL_FILE_MISSING", "no file", { fix: "make it" });
  await assert.rejects(run([failing(own)], [call]), {
    code: "RTL_FILE_MISSING",
    message: "no file",
    fix: "make it",
    at: { task: "failing" },
  });
  await assert.rejects(run([failing(new TypeError("oops"))], [call]), {
    code: "RTL_TASK_FAILED",
    message: "task failing failed: oops",
    at: { task: "failing" },
  });
  await assert.rejects(run([failing("text")], [call]), { message: "task failing failed: text" });
});

test("a task that returns no table is told so", async () => {
  const broken = { ...talker, run: () => [] };
  const call: Call = { task: "talker", params: {}, part: "run" };
  await assert.rejects(run([broken], [call]), /returned object instead of a table/);
});

test("an unknown task is refused with the nearest one", async () => {
  const call: Call = { task: "tolker", params: {}, part: "run" };
  await assert.rejects(run([talker], [call]), { code: "RTL_TASK_UNKNOWN", fix: /"talker"/ });
});

test("nothing runs once the job is cancelled", async () => {
  const call: Call = { task: "talker", params: {}, part: "run" };
  await assert.rejects(
    run([talker], [call], () => true),
    { code: "RTL_JOB_CANCELLED" },
  );
});

test("a fold measures, merges and applies in parts, and reports its final state once", async () => {
  const part = (rest: object): Call[] => [{ task: "count", params: {}, ...rest } as Call];
  assert.equal((await run([count], part({ part: "measure" }))).state, 1);
  const early = await run([count], part({ part: "merge", states: [1, 2], final: false }));
  assert.deepEqual([early.state, early.reports[0]?.lines], [3, []]);
  const last = await run([count], part({ part: "merge", states: [3, 4], final: true }));
  assert.deepEqual([last.state, last.reports[0]?.lines], [7, ["rows 7"]]);
  assert.equal((await run([count], part({ part: "apply", state: 7 }))).table.rows, 1);
  assert.deepEqual((await run([count], part({ part: "run" }))).reports[0]?.lines, ["rows 1"]);
});

test("a part of a fold is refused for a task that is none", async () => {
  await assert.rejects(run([talker], [{ task: "talker", params: {}, part: "measure" }]), /no fold/);
});

test("a reduce run at once is its partial and its combine; neither can be measured", async () => {
  const lines = async (part: "run" | "partial" | "combine") => {
    const { reports } = await run([shrink], [{ task: "shrink", params: {}, part }]);
    return reports.flatMap((report) => report.lines);
  };
  assert.deepEqual(await lines("run"), ["partial 1", "combine 1"]);
  assert.deepEqual(await lines("partial"), ["partial 1"]);
  assert.deepEqual(await lines("combine"), ["combine 1"]);
  const wrong = run([shrink], [{ task: "shrink", params: {}, part: "measure" }]);
  await assert.rejects(wrong, /it is a reduce: it cannot measure/);
});
