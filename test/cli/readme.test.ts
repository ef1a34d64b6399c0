// What the README shows, taken from its text, on a system that `rtl start` started as it says.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { projectPath } from "../support/project.ts";
import { jsonLines, runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const readme = readFileSync(projectPath("README.md"), "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, text = ""]) => text,
  );
/** The only block of the language that holds the text. */
function block(language: string, text: string): string {
  const found = blocks(language).filter((one) => one.includes(text));
  assert.equal(found.length, 1, `${found.length} blocks of ${language} hold ${text}`);
  return found[0] ?? "";
}

const removals: (() => void | Promise<void>)[] = [];
const folder = tempFolder({ after: (remove) => removals.push(remove) });
const [data, tasks] = [join(folder, "data"), join(folder, "tasks")];
mkdirSync(join(data, "log"), { recursive: true });
mkdirSync(tasks);
const env = { RTL_STATE_DIR: join(folder, "state") };
const run = (args: readonly string[], input = "") => runCli(args, { env, input });
after(async () => {
  await run(["stop"]);
  assert.equal((await run(["status", "--quiet"])).exit, 3, "something was left running");
  for (const remove of removals) await remove();
});

/** Pages of which the n-th failed n times, and a health check that must not count. */
const pages = Array.from({ length: 14 }, (_, n) => ({ path: `/page${n}`, errors: n }));
for (const day of [1, 2, 3]) {
  const lines = [...pages, { path: "/health", errors: 99 }].flatMap(({ path, errors }) =>
    [500, 404, 200].flatMap((status) =>
      Array.from(
        { length: errors },
        (_, n) => `2024-03-0${day}T10:${10 + (n % 50)}:00Z,${path},${status}`,
      ),
    ),
  );
  writeFileSync(join(data, `log/${day}.csv`), ["when,path,status", ...lines, ""].join("\n"));
}
writeFileSync(join(tasks, "double.js"), block("js", 'name: "double"'));

const flights = projectPath("node_modules", "vega-datasets", "data");
const roots = ["--data-root", data, "--data-root", flights, "--tasks", tasks];
const started = await run(["start", "--threads", "2", ...roots]);
assert.equal(started.exit, 0, started.stderr);

test("every job document in it completes", async () => {
  const documents = blocks("yaml");
  assert.ok(documents.length >= 2);
  for (const document of documents) {
    const { exit, stderr } = await run(["run", "-", "--out", join(folder, "out.csv")], document);
    assert.equal(exit, 0, `${stderr}\n${document}`);
  }
});

test("the one that reads a log writes what failed most often", async () => {
  const document = block("yaml", "errors.parquet");
  assert.equal((await run(["run", "-", "--quiet"], document)).exit, 0);
  const read = "{0: {tasks: {open: {file: errors.parquet}}}}";
  const { exit, stdout, stderr } = await run(["run", "-", "--format", "ndjson"], read);
  assert.equal(exit, 0, stderr);
  const most = pages.toReversed().slice(0, 10);
  const expected = most.map(({ path, errors }) => ({ path, errors: 3 * errors }));
  assert.deepEqual(jsonLines(stdout), expected);
});

test("its task of one's own does what it says, in a folder that is no project", async () => {
  const job = "{0: {tasks: {double: {a: x, column: x2}}}}";
  const input = join(folder, "x.json");
  writeFileSync(input, '[{"x": 1.5}, {"x": -2}]');
  const { exit, stdout, stderr } = await run(
    ["run", "-", "--input", input, "--format", "ndjson"],
    job,
  );
  assert.equal(exit, 0, stderr);
  assert.deepEqual(jsonLines(stdout), [
    { x: 1.5, x2: 3 },
    { x: -2, x2: -4 },
  ]);
});
