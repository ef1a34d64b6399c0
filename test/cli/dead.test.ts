// Work that nobody could do, through the command line on a whole system that `rtl start` has started.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { jobOf, withCliSystem } from "../support/cli-system.ts";
import { jsonLines } from "../support/run-cli.ts";

const system = await withCliSystem();
const { run } = system;

const tableOf = (values: readonly number[]): string =>
  JSON.stringify({ rows: values.length, columns: { x: { dtype: "<f8", values } } });
const input = join(system.folder, "two.json");
const healthy = join(system.folder, "one.json");
writeFileSync(input, tableOf([1, 2.5]));
writeFileSync(healthy, tableOf([4]));

const ids = async (): Promise<string[]> =>
  (await run(["dead", "ls", "-o", "name"])).stdout.split("\n").filter((line) => line !== "");

/** Lets a job die under this id. */
async function die(id: string): Promise<void> {
  const submit = ["job", "submit", "-", "--input", input, "--wait", "--quiet", "--id", id];
  const { exit, stdout, stderr } = await run(submit, jobOf("fatal"));
  assert.deepEqual({ exit, stdout }, { exit: 1, stdout: `${id}\n` }, stderr);
}

test("where nothing is dead, ls says so and drop --all has nothing to do", async () => {
  assert.deepEqual(await run(["dead", "ls"]), {
    exit: 0,
    stdout: "",
    stderr: "nothing is dead\n",
  });
  assert.equal((await run(["dead", "ls", "--json"])).stdout, "[]\n");
  assert.deepEqual(await run(["dead", "drop", "--all"]), { exit: 0, stdout: "", stderr: "" });
});

test("ls lists what died and show tells all of it, in words and as JSON", async () => {
  await die("first");
  await die("second");
  assert.deepEqual(await ids(), ["second", "first"]);
  const { stdout: list } = await run(["dead", "ls"]);
  assert.match(list, /^JOB +DIED +STAGE +CHUNK +REASON +LAST MESSAGE\nsecond /);
  assert.match(list, /^first +\d{4}-\S+Z +0 +0 +exhausted +task fatal ended .* exit code 9$/m);
  const [, line] = JSON.parse((await run(["dead", "ls", "--json"])).stdout);
  const { at, message, ...rest } = line;
  assert.deepEqual(rest, { job: "first", stage: "0", chunk: 0, reason: "exhausted", attempts: 3 });
  assert.match(`${at} ${message}`, /^\d{4}-\S+Z task fatal ended its thread: .*exit code 9$/);

  const { exit, stdout } = await run(["dead", "show", "first"]);
  assert.equal(exit, 0);
  for (const fact of [
    /^reason +exhausted: it had no attempt left$/m,
    /^chunk +0$/m,
    /^input +a table of 2 rows, \d+ bytes$/m,
    /^ {2}1 +\S+ +\S+ +RTL_WORKER_ENDED +task fatal ended its thread: .*exit code 9$/m,
    /^ {2}3 +\S+ +\S+ +RTL_WORKER_ENDED +/m,
    /^Calls\n {2}fatal \{\}$/m,
    /^Document\n {2}\{\n {4}"version": 1,/m,
  ]) {
    assert.match(stdout, fact);
  }
  const letter = JSON.parse((await run(["dead", "show", "first", "--json"])).stdout);
  assert.deepEqual(letter.input.columns.x.values, [1, 2.5]);
  assert.equal(letter.spec.stages[0].tasks[0].task, "fatal");
  assert.equal(letter.attempts.length, 3);
});

test("retry hands the job in again, waits on request, and drops the letter only when told", async () => {
  await die("third");
  const again = await run(["dead", "retry", "third", "--wait", "--quiet"]);
  assert.deepEqual(
    { exit: again.exit, stdout: again.stdout },
    { exit: 1, stdout: "third-retry-1\n" },
  );
  assert.match(again.stderr, /fatal/);
  assert.ok((await ids()).includes("third"));
  assert.ok((await ids()).includes("third-retry-1"), "the new job has a letter of its own");

  const revive = [
    "dead",
    "retry",
    "third-retry-1",
    "--input",
    healthy,
    "--drop",
    "--json",
    "--wait",
  ];
  const revived = await run(revive);
  assert.equal(revived.exit, 0, revived.stderr);
  const [first, ...events] = jsonLines(revived.stdout);
  assert.deepEqual(first, { id: "third-retry-2", created: true });
  assert.equal(events.at(-1)?.["state"], "completed");
  assert.ok(!(await ids()).includes("third-retry-1"));
  assert.ok((await ids()).includes("third"));
  const named = await run(["dead", "retry", "third", "--id", "mine", "--input", healthy]);
  assert.deepEqual(named, { exit: 0, stdout: "mine\n", stderr: "" });
  const result = await run(["job", "result", "mine"]);
  assert.deepEqual(jsonLines(result.stdout), [{ x: 4 }]);
});

test("an unknown job is exit 66 and says where to look", async () => {
  for (const verb of ["show", "retry", "drop"]) {
    const { exit, stdout, stderr } = await run(["dead", verb, "nobody"]);
    assert.deepEqual({ exit, stdout }, { exit: 66, stdout: "" });
    assert.match(stderr, /^Error: no dead letter is kept of a job "nobody"\nFix: .*rtl dead ls\n$/);
  }
});

test("drop forgets those that are named, or all", async () => {
  await die("fourth");
  const some = await run(["dead", "drop", "fourth", "nobody", "first"]);
  assert.deepEqual(
    { exit: some.exit, stdout: some.stdout },
    { exit: 66, stdout: "fourth\nfirst\n" },
  );
  assert.match(some.stderr, /nobody/);
  const left = await ids();
  assert.ok(left.length > 0 && !left.includes("fourth") && !left.includes("first"));
  for (const wrong of [["drop"], ["drop", "second", "--all"]]) {
    const { exit, stderr } = await run(["dead", ...wrong]);
    assert.equal(exit, 2);
    assert.match(stderr, /Fix: name jobs, or say --all/);
  }
  const all = await run(["dead", "drop", "--all", "--json"]);
  assert.deepEqual(
    jsonLines(all.stdout),
    left.map((job) => ({ job, dropped: true })),
  );
  assert.deepEqual(await ids(), []);
});
