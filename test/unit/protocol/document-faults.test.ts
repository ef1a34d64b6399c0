/** Faulty documents: every fault is found, at its line and column, with what to write instead. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocument, parseSpec } from "../../../src/protocol/document.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { placeProblems } from "../../../src/protocol/place-problems.ts";
import { formatProblems } from "../../../src/protocol/problems.ts";

function refusal(read: () => unknown): RtlError {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof RtlError, String(error));
    return error;
  }
  assert.fail("the document was accepted");
}
/** Problems of a text as `line:column path: message`. */
function faults(text: string): string[] {
  const error = refusal(() => parseDocument(text));
  assert.equal(error.code, "RTL_JOB_INVALID");
  return error.problems.map((p) => `${p.line}:${p.column} ${p.path}: ${p.message}`);
}
/** A document with one stage that has these keys beside its tasks. */
const stage = (keys: string) => `stages: {a: {tasks: [x], ${keys}}}`;
const stageFault = (keys: string) => faults(stage(keys)).map((fault) => fault.slice(5));

test("a misspelt key is shown at its place with the key that was meant", () => {
  const text = "stages:\n  agg:\n    neds: [load]\n    tasks: [x]\nprioritty: 3\n";
  assert.deepEqual(faults(text), [
    '3:5 stages.agg: unknown key "neds", did you mean "needs"?',
    '5:1 : unknown key "prioritty", did you mean "priority"?',
  ]);
  const { problems } = refusal(() => parseDocument(text));
  assert.equal(problems[0]?.fix, 'write "needs"');
});

test("every fault of a document is listed at once, in the order of the text", () => {
  const text = `stages:
  a: {neds: b, tasks: [{add: {}, sub: {}}, 3], timeout: 30, split: {row: 3}, retry: {attempts: 0}}
  b: {needs: [c, b], tasks: {}, where: {nod: x}, cache: maybe}
  d: {task: [x]}
  e: 7
`;
  assert.deepEqual(faults(text), [
    '2:7 stages.a: unknown key "neds", did you mean "needs"?',
    '2:24 stages.a.tasks[0]: an item of this list holds one task: begin each task with its own "-"',
    "2:44 stages.a.tasks[1]: expected a text or a map, received 3",
    "2:57 stages.a.timeout: a duration needs its unit: write 30s or 30ms",
    '2:69 stages.a.split: unknown key "row", did you mean "rows"?',
    "2:96 stages.a.retry.attempts: must be at least 1, received 0",
    '3:14 stages.b.needs: no stage is named "c"',
    '3:14 stages.b.needs: stage "b" needs itself',
    "3:29 stages.b.tasks: a stage has at least one task; " +
      "the task null hands its table on unchanged",
    '3:41 stages.b.where: unknown key "nod", did you mean "node"?',
    '3:57 stages.b.cache: expected true or false, received "maybe"',
    '4:7 stages.d: unknown key "task", did you mean "tasks"?',
    "5:6 stages.e: expected a map, received 7",
  ]);
});

test("the same faults are found in a JavaScript object, without places", () => {
  const value = { stages: { a: { neds: [], tasks: ["x"], timeout: 30 } }, nmae: "x" };
  const { problems } = refusal(() => parseSpec(value));
  assert.deepEqual(
    problems.map((problem) => [problem.path, problem.line]),
    [
      ["", undefined],
      ["stages.a.timeout", undefined],
      ["stages.a", undefined],
    ],
  );
});

test("values of options are checked with their bounds", () => {
  assert.match(stageFault("timeout: 30")[0] ?? "", /write 30s or 30ms/);
  assert.match(stageFault("timeout: 3 s")[0] ?? "", /a duration is a number and ms, s, m, h or d/);
  assert.match(stageFault("timeout: 0s")[0] ?? "", /longer than nothing/);
  assert.match(stageFault("timeout: 25d")[0] ?? "", /at most 24 days/);
  assert.match(stageFault("split: {rows: 1, bytes: 2}")[0] ?? "", /not by several/);
  assert.match(stageFault("split: {rows: 1.5}")[0] ?? "", /expected "auto" or a whole number/);
  assert.match(stageFault("split: {rows: 0}")[0] ?? "", /at least 1/);
  assert.match(stageFault("retry: {}")[0] ?? "", /the key "attempts" is missing/);
  assert.match(stageFault("needs: [3]")[0] ?? "", /expected a text, received 3/);
  assert.match(faults("priority: 10\nstages: {a: {tasks: [x]}}")[0] ?? "", /at most 9/);
  assert.match(faults("version: 2\nstages: {a: {tasks: [x]}}")[0] ?? "", /expected 1, received 2/);
  assert.match(faults("name: ''\nstages: {a: {tasks: [x]}}")[0] ?? "", /at least 1 character/);
});

test("stages of the original form are consecutive from 0, each with its tasks", () => {
  assert.deepEqual(faults("1: {tasks: {x: {}}}"), [
    "1:1 1: stage 0 is missing: stages are numbered 0, 1, 2 and so on",
  ]);
  assert.deepEqual(
    faults("0: {}\n1: {tasks: 3}\n3: {tasks: {x: 4}}\nextra: 1\n-1: {tasks: {}}\n00: {}"),
    [
      '1:1 0: the key "tasks" is missing',
      "2:12 1.tasks: expected a map, received 3",
      "3:1 3: stage 2 is missing: stages are numbered 0, 1, 2 and so on",
      "3:16 3.tasks.x: expected a map, received 4",
      '4:1 extra: "extra" is not the number of a stage',
      '5:1 -1: "-1" is not the number of a stage',
      '6:1 00: "00" is not the number of a stage',
    ],
  );
});

test("a misspelt need is told the stage that was meant", () => {
  assert.deepEqual(faults("stages:\n  load: {tasks: [x]}\n  keep: {needs: [laod], tasks: [x]}"), [
    '3:17 stages.keep.needs: no stage is named "laod", did you mean "load"?',
  ]);
});

test("a cycle is named, and each of several", () => {
  const text = `stages:
  a: {needs: c, tasks: [x]}
  b: {needs: a, tasks: [x]}
  c: {needs: b, tasks: [x]}
  d: {needs: [e], tasks: [x]}
  e: {needs: [d], tasks: [x]}`;
  assert.deepEqual(faults(text), [
    "2:14 stages.a.needs: stages need each other in a circle: a -> c -> b -> a",
    "5:14 stages.d.needs: stages need each other in a circle: d -> e -> d",
  ]);
});

test("stages have names that are not used twice and are fit for one", () => {
  assert.deepEqual(faults("stages: [{tasks: [x]}, {name: a, tasks: [x]}, {id: a, tasks: [x]}]"), [
    '1:10 stages[0]: a stage in a list needs a name: the key "name" is missing',
    '1:47 stages[2]: another stage is named "a" already',
  ]);
  assert.match(faults("stages: [{id: a, name: b, tasks: [x]}]")[0] ?? "", /id and name .* differ/);
  assert.match(faults("stages: {a b: {tasks: [x]}}")[0] ?? "", /a stage name has 1 to 64 letters/);
  assert.match(
    faults("stages: {b: {tasks: [x]}, 1: {tasks: [x]}}")[0] ?? "",
    /as a list|by numbers/,
  );
});

test("a document without stages, or with too many, is refused", () => {
  assert.deepEqual(faults("stages: {}"), ["1:1 stages: a job has at least one stage"]);
  assert.deepEqual(faults("stages: []"), ["1:1 stages: a job has at least one stage"]);
  assert.deepEqual(faults("{}"), ['1:1 : the key "stages" is missing']);
  assert.deepEqual(faults("stages: 4"), ["1:9 stages: expected a map or a list, received 4"]);
  for (const text of ["hello", "3", "[1]", "null"]) {
    assert.deepEqual(faults(text), ["1:1 : a job document is a map that holds stages"]);
  }
  const many = Array.from({ length: 1001 }, (_, i) => `${i}: {tasks: {}}`).join("\n");
  assert.match(faults(many)[0] ?? "", /1001 stages are too many/);
});

test("faults of the text itself are shown at their place", () => {
  assert.deepEqual(faults(""), ["1:1 : the document is empty"]);
  assert.deepEqual(faults("a:\n\tb: 1"), [
    "2:1 : a tab is used to indent; YAML allows spaces only",
  ]);
  assert.match(faults("stages: [").join(), /^1:\d+ : /);
  assert.match(faults("a: 1\n---\nb: 2")[0] ?? "", /^2:1 : a second document begins here/);
  assert.match(faults("a: *nowhere")[0] ?? "", /^1:4 : no anchor "nowhere" stands before/);
  assert.match(faults("a: !!js/function x")[0] ?? "", /^1:4 : unresolved tag/);
  assert.match(faults("? [a]\n: 1")[0] ?? "", /^1:3 : a key is a text or a number/);
  assert.match(faults("a: \0")[0] ?? "", /^1:4 : a control character/);
  assert.match(faults("a: \uFFFD")[0] ?? "", /^1:4 : the text was not UTF-8/);
  const { problems } = refusal(() => parseDocument(new Uint8Array([0x61, 0xff, 0xfe])));
  assert.equal(problems[0]?.message, "the document is not UTF-8 text");
});

test("duplicate keys and values that would be lost are found, beside all other faults", () => {
  const text = `stages:
  a: {tasks: [{x: {n: 12345678901234567890, m: .nan}}], cache: 1}
  a: {tasks: [x]}
  b: {<<: {}, __proto__: {}, tasks: [x]}`;
  assert.deepEqual(
    faults(text).map((fault) => fault.replace(/ \(above.*/, "")),
    [
      "2:23 : 12345678901234567890 has more digits than a number holds exactly",
      "2:48 : .nan is not a finite number",
      "2:64 stages.a.cache: expected true or false, received 1",
      '3:3 : the key "a" stands twice in one map',
      "4:7 : merge keys (<<) are not part of YAML 1.2; write the keys out",
      '4:15 : a key cannot be named "__proto__"',
    ],
  );
  assert.deepEqual(faults('{"0": {"tasks": {"a": {}, "a": {}}}, 0: {}}'), [
    '1:27 : the key "a" stands twice in one map',
    '1:38 : the key "0" stands twice in one map',
  ]);
});

test("faults of a literal are shown at their place", () => {
  assert.deepEqual(faults("X = {0: {'tasks': {'a': dict()}}}"), [
    '1:25 : "dict" is neither a text in quotes, a number, True, False nor None',
  ]);
  assert.match(faults('{"0": {"tasks": ')[0] ?? "", /^1:(7|17) : /);
  assert.match(faults('{"a": 1,, }')[0] ?? "", /^1:9 : expected a text, number, list or map/);
  assert.match(faults('{"a" 1}')[0] ?? "", /^1:6 : expected : after the key "a"/);
  assert.match(faults('X = {"a": "b\n"}')[0] ?? "", /^1:11 : .*no closing quote/);
  assert.match(faults("X = [1]")[0] ?? "", /^1:5 : expected \{/);
  assert.match(faults("X = {0: {}}\nY = 3")[0] ?? "", /^2:1 : .*more text follows/);
  assert.match(faults("X = {0: 12ab}")[0] ?? "", /^1:9 : this is not a number/);
});

test("JavaScript values that are not plain data are refused", () => {
  const odd = [new Date(), () => 1, new Map(), 1n, Number.NaN, Symbol("s"), new Uint8Array(2)];
  for (const value of odd) {
    const { problems } = refusal(() => parseSpec({ 0: { tasks: { x: { value } } } }));
    assert.equal(problems[0]?.path, "0.tasks.x.value");
  }
  const circle: Record<string, unknown> = {};
  circle["x"] = circle;
  assert.match(refusal(() => parseSpec({ 0: { tasks: { circle } } })).message, /nested deeper/);
});

test("the error says how many faults there are and shows the first", () => {
  const error = refusal(() =>
    parseDocument("stages: {a: {taks: [x]}}\nx: 1", { file: "job.yaml" }),
  );
  assert.equal(
    error.message,
    "the job document has 2 faults: job.yaml:1:14: stages.a: " +
      'unknown key "taks", did you mean "tasks"?',
  );
  assert.equal(error.exitCode, 65);
});

test("formatProblems shows the source line with a caret and the fix", () => {
  const text = "stages:\n  agg:\n\tneds: 1\n";
  const problems = [
    { path: "stages.agg", message: 'unknown key "neds"', line: 3, column: 2, fix: "leave it out" },
    { path: "", message: "no place" },
  ];
  assert.equal(
    formatProblems(problems, text, "bad.yaml"),
    [
      'bad.yaml:3:2: stages.agg: unknown key "neds"',
      "    3 | \tneds: 1",
      "      | \t^",
      "      fix: leave it out",
      "bad.yaml: no place",
    ].join("\n"),
  );
  const long = `${"a".repeat(200)}X${"b".repeat(200)}`;
  const shown = formatProblems([{ path: "", message: "m", line: 1, column: 201 }], long).split(
    "\n",
  );
  assert.equal(shown[1]?.[shown[2]?.indexOf("^") ?? -1], "X");
  assert.ok((shown[1]?.length ?? 999) < 120);
});

test("problems found after reading get the place that their path has in the document", () => {
  const problems = [
    { path: "stages.1.tasks[1].add.operations[0].a", message: "m" },
    { path: "stages.0.tasks[0]", message: "m" },
  ];
  const places = (text: string, names: [string, string]) =>
    placeProblems(
      problems.map((p, i) => ({ ...p, path: p.path.replace(/^stages\.\d/, `stages.${names[i]}`) })),
      text,
    ).map((problem) => `${problem.line}:${problem.column}`);
  const tasks = "tasks: {sort: {}, add: {operations: [{a: 3}]}}";
  assert.deepEqual(places(`0: {tasks: {open: {}}}\n1: {${tasks}}`, ["1", "0"]), ["2:46", "1:19"]);
  const list = "tasks: [sort, {add: {operations: [{a: 3}]}}]";
  const named = `stages:\n- {id: load, tasks: [open]}\n- {id: b-1, ${list}}`;
  assert.deepEqual(places(named, ["b-1", "load"]), ["3:51", "2:22"]);
  const map = `stages:\n  load: {tasks: [open]}\n  b-1: {${list}}`;
  assert.deepEqual(places(map, ["b-1", "load"]), ["3:47", "2:18"]);
  assert.deepEqual(placeProblems(problems, "\0"), problems);
});
