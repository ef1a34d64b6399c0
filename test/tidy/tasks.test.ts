/** docs/tasks.md and `rtl task describe` against the tasks, and the tasks against their own words. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { taskText } from "../../cli/render/tasks.ts";
import { explainTask } from "../../src/task/explain.ts";
import { loadLibrary } from "../../src/task/load-library.ts";
import { projectPath } from "../support/project.ts";
import { taskPage, taskPageText } from "../support/task-doc.ts";

const { library, problems } = await loadLibrary([projectPath("dist", "tasks")]);

test("docs/tasks.md says what the tasks say", async () => {
  const fix = "renew it with: npm run build && node scripts/write-documents.mjs";
  assert.equal(readFileSync(taskPage, "utf8"), await taskPageText(), fix);
});

test("`rtl task describe` tells every parameter, fact and line that docs/tasks.md tells", () => {
  for (const task of library.describe()) {
    const shown = taskText(task);
    const { description, facts, parameters } = explainTask(task);
    for (const line of [...description, ...facts.map(([, text]) => text)]) {
      assert.ok(shown.includes(line), `${task.name}: ${line}`);
    }
    for (const { path, meaning } of parameters) {
      assert.ok(shown.includes(`${path.split(".").at(-1)}: `), `${task.name}: ${path}`);
      assert.ok(shown.includes(meaning), `${task.name}: ${meaning}`);
    }
  }
});

test("every task of the bundle loads, says what each parameter means, and shows a valid call", () => {
  assert.deepEqual(problems, []);
  for (const task of library.tasks) {
    assert.ok(task.params.safeParse(task.example).success, `the example of ${task.name}`);
    assert.ok(task.summary.length <= 100, `the summary of ${task.name} is one line`);
  }
  const silent = library.describe().flatMap((task) =>
    explainTask(task)
      .parameters.filter(({ meaning }) => meaning === "")
      .map(({ path }) => `${task.name}: ${path}`),
  );
  assert.deepEqual(silent, []);
});

test("every task has a test of the same name", () => {
  const files = readdirSync(projectPath("tasks")).filter((name) => name.endsWith(".ts"));
  assert.ok(files.length >= 10);
  for (const file of files) {
    const own = projectPath("test", "unit", "tasks", file.replace(/\.ts$/, ".test.ts"));
    assert.ok(existsSync(own), own);
  }
});
