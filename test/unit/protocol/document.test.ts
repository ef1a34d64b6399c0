/** Valid documents in every form and format, and the JobSpec that they mean. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { parseDocument, parseSpec } from "../../../src/protocol/document.ts";
import { type JobSpec, jobSpecJsonSchema } from "../../../src/protocol/job-spec.ts";
import { specDigest, specText } from "../../../src/protocol/spec-digest.ts";

const root = new URL("../../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const named = `
version: 1
name: job-times
stages:
  load: {tasks: [{open: {file: "demo/*.csv"}}], split: {rows: auto}}
  keep: {tasks: [{filterRows: {method: "=="}}, "null"], cache: true, split: {rows: 1000}}
  mean: {needs: [keep], tasks: {average: {a: b}, sort: }, timeout: 30s,
         retry: {attempts: 3, backoff: 1.5s}, where: {node: pi-3, labels: {rack: 2, ssd: true}}}
  other: {needs: load, tasks: [null-2]}
deadline: 1h
timeout: 500ms
priority: 7
labels: {team: a}
`;
const namedSpec: JobSpec = {
  version: 1,
  name: "job-times",
  stages: [
    {
      name: "load",
      needs: [],
      tasks: [{ task: "open", params: { file: "demo/*.csv" } }],
      timeoutMs: 500,
    },
    {
      name: "keep",
      needs: ["load"],
      tasks: [
        { task: "filterRows", params: { method: "==" } },
        { task: "null", params: {} },
      ],
      split: { rows: 1000 },
      cache: true,
      timeoutMs: 500,
    },
    {
      name: "mean",
      needs: ["keep"],
      tasks: [
        { task: "average", params: { a: "b" } },
        { task: "sort", params: {} },
      ],
      timeoutMs: 30_000,
      retry: { attempts: 3, backoffMs: 1500 },
      where: { node: "pi-3", labels: { rack: "2", ssd: "true" } },
    },
    { name: "other", needs: ["load"], tasks: [{ task: "null-2", params: {} }], timeoutMs: 500 },
  ],
  deadlineMs: 3_600_000,
  priority: 7,
  labels: { team: "a" },
};
const chain: JobSpec = {
  version: 1,
  stages: [
    { name: "0", needs: [], tasks: [{ task: "task_open_array", params: { delimiter: null } }] },
    {
      name: "1",
      needs: ["0"],
      tasks: [
        { task: "add", params: { b: 1 } },
        { task: "null", params: {} },
      ],
    },
  ],
};

test("the form with names gives the whole spec", () => {
  assert.deepEqual(parseDocument(named), namedSpec);
});

test("the original form reads the same as YAML, JSON, Python and JavaScript", () => {
  const forms = [
    "0: {tasks: {task_open_array: {delimiter: null}}}\n1: {tasks: {add: {b: 1}, 'null': null}}",
    `{"0": {"tasks": {"task_open_array": {"delimiter": null}}},
\t"1": {"tasks": {"add": {"b": 1}, "null": {}}}}`,
    `{0: {'tasks': {'task_open_array': {'delimiter': None}}},
      1: {'tasks': {'add': {'b': 1}, 'null': {}}}}`,
    `# the job
DSDSL = {
    0: {'tasks': {  # opens
        'task_open_array': {'delimiter': None},
    }},
    '1': {"tasks": {'add': {'b': 1,}, 'null': None,},},
}
`,
  ];
  for (const text of forms) assert.deepEqual(parseDocument(text), chain);
  const value = {
    1: { tasks: { add: { b: 1 }, null: null } },
    0: { tasks: { task_open_array: { delimiter: null } } },
  };
  assert.deepEqual(parseSpec(value), chain);
});

test("Python literals keep their meaning", () => {
  const text = String.raw`JOB = {0: {'tasks': {'x': {
    'newline': '\n', 'raw': r'\d', 'quote': 'it\'s', 'joined': 'a' "b", 'code': '\x41\u00e9',
    'tuple': (1, 2.5,), 'one': (3), 'none': (), 'true': True, 'false': False, 'hex': -0x1F,
    'big': 1_000, 'tiny': 1e-3, 'block': """two
lines""",
  }}}}`;
  assert.deepEqual(parseDocument(text).stages[0]?.tasks[0]?.params, {
    newline: "\n",
    raw: "\\d",
    quote: "it's",
    joined: "ab",
    code: "Aé",
    tuple: [1, 2.5],
    one: 3,
    none: [],
    true: true,
    false: false,
    hex: -31,
    big: 1000,
    tiny: 0.001,
    block: "two\nlines",
  });
});

test("YAML in braces, with anchors, a byte order mark and CRLF is read too", () => {
  assert.equal(parseDocument("{stages: {a: {tasks: ['it''s', yes]}}}").stages[0]?.tasks.length, 2);
  const text = "\uFEFFstages:\r\n  a: &a {tasks: [x]}\r\n  b: *a\r\n";
  assert.deepEqual(
    parseDocument(text).stages.map((stage) => stage.tasks[0]?.task),
    ["x", "x"],
  );
  assert.equal(parseDocument(new TextEncoder().encode(text)).stages.length, 2);
});

test("stages as a list have an id or a name, and a stage needs the one before", () => {
  const spec = parseDocument(
    "stages: [{id: b, tasks: [x]}, {name: a, tasks: [x]}, {id: c, needs: [], tasks: [x]}]",
  );
  assert.deepEqual(
    spec.stages.map((stage) => [stage.name, stage.needs]),
    [
      ["b", []],
      ["a", ["b"]],
      ["c", []],
    ],
  );
});

test("stages come in an order in which each follows those it needs", () => {
  const spec = parseDocument(`stages:
  d: {needs: [b, c], tasks: [x]}
  b: {needs: a, tasks: [x]}
  c: {needs: a, tasks: [x]}
  a: {needs: [], tasks: [x]}
  e: {tasks: [x]}`);
  assert.deepEqual(
    spec.stages.map((stage) => stage.name),
    ["a", "b", "c", "d", "e"],
  );
  assert.deepEqual(spec.stages.at(-1)?.needs, ["a"]);
});

test("a stage of the original form may have no tasks and hands its table on", () => {
  const [stage] = parseDocument("0: {tasks: {}}").stages;
  assert.deepEqual(stage?.tasks, [{ task: "null", params: {} }]);
});

test("a thousand stages in a chain are read", () => {
  const stages = Array.from({ length: 1000 }, (_, i) => ({ name: `s${999 - i}`, tasks: ["null"] }));
  assert.equal(parseSpec({ stages }).stages.length, 1000);
});

test("a JobSpec is a valid document and stays the same", () => {
  assert.deepEqual(parseSpec(namedSpec), namedSpec);
  assert.deepEqual(parseDocument(JSON.stringify(chain)), chain);
});

test("what means the same has the same text and digest, and nothing else has", () => {
  const reordered = parseSpec({
    labels: { team: "a" },
    ...Object.fromEntries(Object.entries(namedSpec).reverse()),
  });
  assert.equal(specDigest(reordered), specDigest(namedSpec));
  assert.match(specDigest(chain), /^[0-9a-f]{64}$/);
  assert.deepEqual(JSON.parse(specText(chain)), chain);
  const other = { ...chain, stages: chain.stages.toReversed() };
  assert.notEqual(specDigest(other), specDigest(chain));
  assert.notEqual(specDigest({ ...chain, priority: 5 }), specDigest(chain));
});

test("the published JSON Schema is the one that documents are read by", () => {
  assert.deepEqual(
    JSON.parse(read("docs/job.schema.json")),
    jobSpecJsonSchema(),
    "run: node scripts/build.mjs && node scripts/write-schema.mjs",
  );
});

test("every key of the JSON Schema has a description", () => {
  const bare: string[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { properties } = node as { properties?: Record<string, { description?: string }> };
    for (const [key, schema] of Object.entries(properties ?? {})) {
      if (!schema.description) bare.push(key);
    }
    for (const part of Object.values(node)) walk(part);
  };
  walk(jobSpecJsonSchema());
  assert.deepEqual(bare, []);
});

test("the examples are valid documents under the reader and under the JSON Schema", async () => {
  const { parse } = await import("yaml");
  const schema = z.fromJSONSchema(jobSpecJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const files = readdirSync(new URL("examples/", root)).filter((file) => file.endsWith(".yaml"));
  assert.ok(files.length >= 2);
  for (const file of files) {
    const text = read(`examples/${file}`);
    assert.ok(parseDocument(text, { file }).stages.length > 0);
    assert.equal(schema.safeParse(parse(text)).success, true, file);
    assert.equal(schema.safeParse({ ...parse(text), neds: 1 }).success, false, file);
  }
});
