/** What a job did, told by the stages of its document although the plan has other ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StageIndex } from "../../../src/protocol/ids.ts";
import { limits } from "../../../src/protocol/limits.ts";
import type { CallReport } from "../../../src/protocol/messages.ts";
import { Report } from "../../../src/relay/report.ts";
import { drawn, planned, spec } from "../flow/catalog.ts";

const index = (stage: number) => stage as StageIndex;
const callOf = (ms: number, more: Partial<CallReport> = {}): CallReport => ({
  ms,
  rowsIn: 1,
  rowsOut: 1,
  tallies: [],
  lines: [],
  ...more,
});

/** Two stages of the document: the plan fuses them, and divides the second into three. */
const plan = planned(spec(["keep", [], "filterRows", "add"], ["norm", ["keep"], "normalize"]));
const single = planned(spec(["only", [], "add"]));

test("the plan of these tests is fused and divided", () => {
  assert.deepEqual(drawn(plan), [
    "0 map keep+norm [input rows] filterRows, add, normalize:measure",
    "1 gather norm [0 states] normalize:merge",
    "2 map norm [0 chunk, 1 state] normalize:apply",
  ]);
});

test("a stage of the document begins with the first work that has a task of it, once", () => {
  const report = new Report(plan);
  assert.deepEqual(report.started(index(0), 10), ["keep", "norm"]);
  assert.deepEqual(report.started(index(0), 20), []);
  assert.deepEqual(report.started(index(1), 30), []);
});

test("a stage is complete with the last of its pieces, with that one's rows", () => {
  const report = new Report(plan);
  report.started(index(0), 100);
  const [keep, ...more] = report.completed(index(0), 4, 70, 150);
  assert.deepEqual([keep?.stage, keep?.ms, keep?.chunks, keep?.rows], ["keep", 50, 4, 70]);
  assert.deepEqual(more, []);
  assert.deepEqual(report.completed(index(1), 1, 0, 160), []);
  const [norm] = report.completed(index(2), 4, 69, 190);
  assert.deepEqual([norm?.stage, norm?.ms, norm?.chunks, norm?.rows], ["norm", 90, 4, 69]);
});

test("times and runs of a call add up over chunks, also where the plan divides it", () => {
  const report = new Report(plan);
  report.ran(index(0), "n1", 2, [callOf(1), callOf(2), callOf(4)]);
  report.ran(index(0), "n2", 1, [callOf(10), callOf(20), callOf(40)]);
  report.ran(index(1), "n1", 1, [callOf(100)]);
  report.ran(index(2), "n1", 3, [callOf(1_000)]);
  const [keep, norm] = report.stages();
  assert.deepEqual(
    [...(keep?.tasks ?? []), ...(norm?.tasks ?? [])].map(({ task, ms, runs }) => [task, ms, runs]),
    [
      ["filterRows", 11, 3],
      ["add", 22, 3],
      ["normalize", 1_144, 7],
    ],
  );
  assert.deepEqual(keep?.nodes, { n1: 2, n2: 1 });
  assert.deepEqual(norm?.nodes, { n1: 6, n2: 1 });
});

test("equal lines of numbers add up by their place, others are kept as they are", () => {
  const report = new Report(single);
  const tallies = (...counts: number[]) =>
    counts.map((count, at) => ({ template: at < 2 ? "kept {} rows" : "saw {} files", count }));
  report.ran(index(0), "n1", 1, [callOf(1, { tallies: tallies(1, 10, 5), lines: ["one"] })]);
  report.ran(index(0), "n1", 1, [callOf(1, { tallies: tallies(2, 20, 6), lines: ["one"] })]);
  const lines = ["kept 3 rows", "kept 30 rows", "saw 11 files", "one", "one"];
  assert.deepEqual(report.stages()[0]?.tasks[0]?.lines, lines);
});

test("lines beyond their number or their length are counted, not kept", () => {
  const many = new Report(single);
  const lines = Array.from({ length: limits.logLinesMax + 7 }, (_, line) => `line ${line}`);
  many.ran(index(0), "n1", 1, [callOf(1, { lines })]);
  const kept = many.stages()[0]?.tasks[0]?.lines ?? [];
  assert.equal(kept.length, limits.logLinesMax + 1);
  assert.equal(kept.at(-1), "(7 more lines were dropped)");

  const long = new Report(single);
  const line = "x".repeat(limits.logCharsMax / 4);
  long.ran(index(0), "n1", 1, [callOf(1, { lines: [line, line, line, line, "y"] })]);
  const last = long.stages()[0]?.tasks[0]?.lines ?? [];
  assert.deepEqual(last.slice(0, 4), [line, line, line, line]);
  assert.deepEqual(last.slice(4), ["(1 more lines were dropped)"]);
});

test("what a node tells of calls or stages that the plan does not have is ignored", () => {
  const report = new Report(single);
  const before = structuredClone(report.stages());
  report.ran(index(7), "n1", 1, [callOf(1)]);
  assert.deepEqual(report.stages(), before);
  report.ran(index(0), "n1", 1, [callOf(1), callOf(1), callOf(1)]);
  assert.equal(report.stages()[0]?.tasks.length, 1);
  assert.deepEqual(report.started(index(7), 1), []);
  assert.deepEqual(report.completed(index(7), 1, 1, 1), []);
});

test("every stage of the document is told, in its order, before anything ran", () => {
  const report = new Report(plan);
  assert.deepEqual(
    report.stages().map(({ stage, chunks, rows, tasks }) => [stage, chunks, rows, tasks]),
    [
      ["keep", 0, 0, []],
      ["norm", 0, 0, []],
    ],
  );
  assert.deepEqual(report.progress(), [
    { name: "keep", stage: 0 },
    { name: "norm", stage: 2 },
  ]);
});
