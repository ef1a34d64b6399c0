import assert from "node:assert/strict";
import { test } from "node:test";
import { plan } from "../../../src/flow/plan.ts";
import type { JobSpec } from "../../../src/protocol/job-spec.ts";
import { catalog, drawn, job, options, planned, spec, stage } from "./catalog.ts";

const check = (document: JobSpec, expected: readonly string[], inputRows = 100_000) =>
  assert.deepEqual(drawn(planned(document, { inputRows })), expected);

test("neighbouring map calls run together over chunks of the job's input", () => {
  check(spec(["keep", [], "add", "double"]), ["0 map keep [input rows] add, double"]);
});

test("a gather that begins a job takes its input whole", () => {
  check(spec(["all", [], "sort", "add"]), ["0 gather all [input whole] sort, add"]);
});

test("a source that begins a job has no input", () => {
  check(spec(["load", [], "open", "add"]), ["0 source load [] open, add"]);
});

test("a source further on discards its table, but keeps the order", () => {
  check(spec(["load", [], "add", "open"], ["more", ["load"], "open"]), [
    "0 map load [input rows] add",
    "1 source load [0 after] open",
    "2 source more [1 after] open",
  ]);
});

test("a gather after many chunks is a stage of its own, and what follows stays with it", () => {
  check(spec(["s", [], "add", "sort", "add", "sort", "normalize"]), [
    "0 map s [input rows] add",
    "1 gather s [0 whole] sort, add, sort, normalize",
  ]);
});

test("an input of one chunk is never measured and merged", () => {
  check(
    spec(["s", [], "add", "normalize", "sort"]),
    ["0 map s [input rows] add, normalize, sort"],
    1,
  );
});

test("a fold over many chunks measures, merges and applies", () => {
  check(spec(["s", [], "add", "normalize", "double"]), [
    "0 map s [input rows] add, normalize:measure",
    "1 gather s [0 states] normalize:merge",
    "2 map s [0 chunk, 1 state] normalize:apply, double",
  ]);
});

test("a reduce over many chunks makes a table of each and one of all; of one chunk it is run", () => {
  check(spec(["s", [], "add", "topK", "double"]), [
    "0 map s [input rows] add, topK:partial",
    "1 gather s [0 whole] topK:combine, double",
  ]);
  check(spec(["s", [], "add", "topK"]), ["0 map s [input rows] add, topK"], 1);
});

test("two folds in a row have a round each", () => {
  check(spec(["s", [], "normalize", "normalize"]), [
    "0 map s [input rows] normalize:measure",
    "1 gather s [0 states] normalize:merge",
    "2 map s [0 chunk, 1 state] normalize:apply, normalize:measure",
    "3 gather s [2 states] normalize:merge",
    "4 map s [2 chunk, 3 state] normalize:apply",
  ]);
});

test("stages of the document that differ in nothing are fused", () => {
  check(spec(["load", [], "open"], ["keep", ["load"], "add"], ["mean", ["keep"], "normalize"]), [
    "0 source load+keep+mean [] open, add, normalize:measure",
    "1 gather mean [0 states] normalize:merge",
    "2 map mean [0 chunk, 1 state] normalize:apply",
  ]);
});

test("a stage that two others read is fused with neither", () => {
  check(spec(["load", [], "open"], ["a", ["load"], "add"], ["b", ["load"], "add"]), [
    "0 source load [] open",
    "1 map a [0 chunk] add",
    "2 map b [0 chunk] add",
  ]);
});

test("a difference in place, limits or caching keeps stages apart", () => {
  for (const rest of [
    { where: { node: "pi7" } },
    { where: { labels: { disk: "ssd" } } },
    { timeoutMs: 5 },
    { retry: { attempts: 9 } },
    { cache: true },
  ]) {
    check(spec(["load", [], "open"], stage(["keep", ["load"], "add"], rest)), [
      "0 source load [] open",
      "1 map keep [0 chunk] add",
    ]);
  }
  const cached = spec(stage(["load", [], "open"], { cache: true }), ["keep", ["load"], "add"]);
  check(cached, ["0 source load [] open", "1 map keep [0 chunk] add"]);
  assert.deepEqual(
    planned(cached).stages.map((one) => one.cache),
    [true, false],
  );
});

test("a split of what another stage made cuts its rows anew", () => {
  const document = spec(
    ["load", [], "open"],
    stage(["s", ["load"], "add"], { split: { rows: 9 } }),
  );
  check(document, ["0 source load [] open", "1 map s [0 rows] add"]);
  assert.deepEqual(
    planned(document).stages.map((one) => one.split),
    [undefined, { rows: 9 }],
  );
});

test("several needs are read whole, in their order, unless they are cut by rows", () => {
  const needs = ["b", "a"];
  check(spec(["a", [], "open"], ["b", [], "open"], ["c", needs, "add"]), [
    "0 source a [] open",
    "1 source b [] open",
    "2 gather c [1 whole, 0 whole] add",
  ]);
  const split = stage(["c", needs, "add"], { split: { chunks: 2 } });
  check(spec(["a", [], "open"], ["b", [], "open"], split), [
    "0 source a [] open",
    "1 source b [] open",
    "2 map c [1 rows, 0 rows] add",
  ]);
});

test("the only chunk of a stage passes whole to what follows on another node", () => {
  check(spec(["s", [], "sort", "only1", "only2"]), [
    "0 gather s [input whole] sort, only1",
    "1 gather s [0 whole] only2",
  ]);
});

test("a call that no node offers together with the ones before begins a stage", () => {
  check(spec(["s", [], "only1", "add", "only2", "normalize"]), [
    "0 map s [input rows] only1, add",
    "1 map s [0 chunk] only2, normalize:measure",
    "2 gather s [1 states] normalize:merge",
    "3 map s [1 chunk, 2 state] normalize:apply",
  ]);
});

test("the last stage of the document is the result, and others run all the same", () => {
  const made = planned(spec(["a", [], "open"], ["b", ["a"], "write"], ["c", ["a"], "normalize"]));
  assert.equal(made.result, 4);
  assert.deepEqual(made.origins, ["a", "b", "c"]);
  assert.equal(made.stages.length, 5);
});

test("limits come from the document, else from the defaults", () => {
  const document: JobSpec = {
    ...spec(stage(["a", [], "add"], { timeoutMs: 7, retry: { attempts: 9, backoffMs: 8 } }), [
      "b",
      ["a"],
      "add",
    ]),
    deadlineMs: 500,
    priority: 9,
  };
  const made = planned(document);
  const [a, b] = made.stages;
  assert.deepEqual([a?.attemptsMax, a?.backoffMs, a?.runMs], [9, 8, 7]);
  assert.deepEqual([b?.attemptsMax, b?.backoffMs, b?.runMs], [3, 200, 0]);
  assert.deepEqual([made.deadlineAt, made.priority], [1_500, 9]);
});

test("every problem is reported, each with its path", () => {
  const document = spec(
    ["a", ["zero"], "ad", "add"],
    stage(["b", ["a"]], { tasks: [{ task: "add", params: { bad: 1 } }] }),
    ["b", [], "xyz"],
    ["c", [], "nowhere"],
    ["d", []],
  );
  const result = plan(job, document, catalog, options);
  assert.ok("problems" in result);
  assert.deepEqual(
    result.problems.map(({ path, message, fix }) => [path, message, fix].join(" | ")),
    [
      'stages.a.needs[0] | no stage before "a" is called "zero" | ',
      'stages.b | two stages are called "b" | ',
      "stages.d.tasks | a stage needs at least one task | ",
      'stages.a.tasks[0] | unknown task "ad"; did you mean "add"? | add',
      "stages.b.tasks[0].add.bad | unknown key | ",
      'stages.b.tasks[0] | unknown task "xyz" | ',
      'stages.c.tasks[0] | no running tasknode offers the task "nowhere" | ',
    ],
  );
});

test("a document without stages is refused", () => {
  const result = plan(job, spec(), catalog, options);
  assert.deepEqual(result, {
    problems: [{ path: "stages", message: "a job needs at least one stage" }],
  });
});
