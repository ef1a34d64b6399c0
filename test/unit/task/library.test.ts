import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { defineTask } from "../../../src/task/define-task.ts";
import { createLibrary } from "../../../src/task/library.ts";
import { libraryDigest, loadLibrary } from "../../../src/task/load-library.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import { projectPath } from "../../support/project.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const task = (name: string, aliases: string[] = []) =>
  defineTask({
    name,
    aliases,
    summary: "test",
    shape: "map",
    params: z.looseObject({}),
    example: {},
    run: (table) => table,
  });

test("every historical spelling of a task's name finds it", () => {
  const library = createLibrary([task("filterRows", ["filter"]), task("openArray"), task("null")]);
  const spellings = {
    filterRows: ["filterRows", "filter_rows", "filter", "task_filter", "task_filterRows"],
    openArray: ["openArray", "open_array", "task_open_array"],
    null: ["null", "task_null"],
  };
  for (const [name, words] of Object.entries(spellings)) {
    for (const word of words) assert.equal(library.find(word)?.name, name, word);
  }
  assert.equal(library.find("task_"), undefined);
  assert.equal(library.suggest("task_opn_array"), "openArray");
  assert.equal(library.suggest("quicksilver"), undefined);
});

test("two tasks cannot answer to one name, and a name must be a word", () => {
  assert.throws(() => createLibrary([task("openArray"), task("open_array")]), /answer to/);
  assert.throws(() => task("no good"), /cannot be the name of a task/);
});

test("descriptions are plain data with the schema of the parameters", async () => {
  const { library } = await loadLibrary([projectPath("dist", "tasks")]);
  const descriptions = library.describe();
  assert.deepEqual(JSON.parse(JSON.stringify(descriptions)), descriptions);
  const normalize = descriptions.find(({ name }) => name === "normalize");
  assert.ok(normalize !== undefined);
  assert.deepEqual(normalize.params["required"], ["columns", "model", "weight"]);
  assert.equal(resolveShape(normalize.shape, { model: "Squash" }), "fold");
  assert.equal(resolveShape(normalize.shape, { model: "DistanceFromMean" }), "gather");
  assert.equal(resolveShape(normalize.shape, { model: null }), "map");
});

test("the example of every task fits its own parameters", async () => {
  const { library } = await loadLibrary([projectPath("dist", "tasks")]);
  for (const { name, params, example } of library.tasks) {
    assert.ok(params.safeParse(example).success, name);
  }
});

test("a shape can hang on a value inside a list", () => {
  const rule = { param: "operations.*.b", shapes: { "[]": "gather" }, otherwise: "map" } as const;
  assert.equal(resolveShape(rule, { operations: [{ b: 1 }, { b: "x" }] }), "map");
  assert.equal(resolveShape(rule, { operations: [{ b: 1 }, { b: [1, 2] }] }), "gather");
  assert.equal(resolveShape(rule, null), "map");
});

test("operations that read what one before them makes have a shape of their own", () => {
  const rule = {
    chained: {
      operations: "operations",
      reads: ["x", "y"],
      makes: ["{y}{model}"],
      shape: "gather",
    },
    otherwise: "fold",
  } as const;
  const first = { x: "a", y: "b", model: "Linear" };
  assert.equal(resolveShape(rule, { operations: [first, { ...first, y: "c" }] }), "fold");
  assert.equal(resolveShape(rule, { operations: [first, { ...first, x: "bLinear" }] }), "gather");
  assert.equal(
    resolveShape(rule, { operations: [first, { ...first, y: ["c", "bLinear"] }] }),
    "gather",
  );
  assert.equal(resolveShape(rule, { operations: [{ ...first, x: "bLinear" }] }), "fold");
  assert.equal(resolveShape(rule, { operations: "none" }), "fold");
});

test("a shape can hang on what all values of a list agree on", () => {
  const rule = {
    param: "operations.*.space",
    shapes: { linear: "fold", log: "fold" },
    unanimous: true,
    otherwise: "gather",
  } as const;
  const shapeOf = (...spaces: string[]) =>
    resolveShape(rule, { operations: spaces.map((space) => ({ space })) });
  assert.equal(shapeOf("linear", "log"), "fold");
  assert.equal(shapeOf("linear", "sorted"), "gather");
  assert.equal(shapeOf("sorted", "linear"), "gather");
  assert.equal(shapeOf(), "gather");
});

const source = (name: string) => `
  import { defineTask, z } from ${JSON.stringify(pathToFileURL(projectPath("dist/src/task/index.js")).href)};
  export const any = defineTask({ name: "${name}", summary: "", shape: "map",
    params: z.looseObject({}), example: {}, run: (table) => table });`;

test("broken files, files without tasks and taken names are problems and stop nothing", async (t) => {
  const [first, second] = [tempFolder(t), tempFolder(t)];
  writeFileSync(join(first, "a.mjs"), source("mine"));
  writeFileSync(join(first, "broken.mjs"), "this is no JavaScript");
  writeFileSync(join(first, "empty.mjs"), "export default 1;");
  writeFileSync(join(first, "index.mjs"), "throw new Error('an index is not loaded')");
  writeFileSync(join(second, "again.mjs"), source("mine"));
  writeFileSync(join(second, "b.mjs"), source("other"));
  const { library, problems } = await loadLibrary([first, second, join(first, "missing")]);
  assert.deepEqual(
    library.tasks.map(({ name }) => name),
    ["mine", "other"],
  );
  const messages = problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
  assert.equal(problems.length, 4, messages);
  assert.match(messages, /missing: cannot read the folder/);
  assert.match(messages, /broken\.mjs: /);
  assert.match(messages, /empty\.mjs: it exports no task/);
  assert.match(messages, /again\.mjs: the task name "mine" is taken by .*a\.mjs/);
});

test("a task file finds this package wherever it lies, and no other one", async (t) => {
  const folder = tempFolder(t);
  const own = source("mine").replace(/from "file:[^"]*"/, 'from "rtl/task"');
  assert.match(own, /from "rtl\/task"/);
  writeFileSync(join(folder, "a.mjs"), own);
  writeFileSync(join(folder, "b.mjs"), 'import "rtl-of-another-name"; import "rtl/task";');
  writeFileSync(join(folder, "c.mjs"), 'import "rtl/inside";');
  const { library, problems } = await loadLibrary([folder]);
  assert.deepEqual(
    library.tasks.map(({ name }) => name),
    ["mine"],
  );
  const [other, inside] = problems.map(({ message }) => message);
  assert.match(other ?? "", /Cannot find package 'rtl-of-another-name'/);
  assert.match(inside ?? "", /'\.\/inside' is not defined by "exports"/);
  assert.equal(problems.length, 2);
});

test("a changed file gives another digest and another task", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "a.mjs"), source("one"));
  const before = await libraryDigest([folder]);
  assert.equal(await libraryDigest([folder]), before);
  assert.equal((await loadLibrary([folder])).library.tasks[0]?.name, "one");
  writeFileSync(join(folder, "a.mjs"), source("another"));
  assert.notEqual(await libraryDigest([folder]), before);
  assert.equal((await loadLibrary([folder])).library.tasks[0]?.name, "another");
});

test("a source that was not compiled is told of, once it is there and until its .js is", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "only.d.ts"), "");
  const before = await libraryDigest([folder]);
  assert.deepEqual((await loadLibrary([folder])).problems, []);
  writeFileSync(join(folder, "mine.ts"), "const x: number = 1;");
  assert.notEqual(await libraryDigest([folder]), before);
  const [problem] = (await loadLibrary([folder])).problems;
  assert.equal(problem?.path, join(folder, "mine.ts"));
  assert.match(problem?.message ?? "", /TypeScript: compile it/);
  writeFileSync(join(folder, "mine.js"), "export {};");
  const { problems } = await loadLibrary([folder]);
  assert.deepEqual(
    problems.map(({ path }) => path),
    [join(folder, "mine.js")],
  );
});
