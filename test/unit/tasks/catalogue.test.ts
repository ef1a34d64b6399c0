import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { projectPath } from "../../support/project.ts";

test("the catalogue in tasks/README.md has a line for every task, with its shape and summary", async () => {
  const { library } = await loadLibrary([projectPath("dist", "tasks")]);
  const readme = readFileSync(projectPath("tasks", "README.md"), "utf8");
  const lines = readme.split("\n").filter((line) => line.startsWith("| `"));
  assert.equal(lines.length, library.tasks.length);
  for (const { name, shape, summary, aliases } of library.describe()) {
    const line = lines.find((text) => text.startsWith(`| \`${name}\` |`)) ?? "";
    const text = typeof shape === "string" ? shape : (shape.param ?? "");
    for (const part of [summary, text.split(".").at(-1) ?? "", ...aliases]) {
      assert.ok(line.includes(part), `${name}: ${part} is missing in "${line}"`);
    }
  }
});

test("every task has a test of the same name", () => {
  const files = readdirSync(projectPath("tasks")).filter((name) => name.endsWith(".ts"));
  assert.ok(files.length >= 10);
  for (const file of files) {
    const own = projectPath("test", "unit", "tasks", file.replace(/\.ts$/, ".test.ts"));
    assert.ok(existsSync(own), own);
  }
});
