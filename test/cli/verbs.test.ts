// What a person does with jobs besides running them: plan, retry, read the logs, cancel many; and what they do
// with the cache. Real child processes on a system that `rtl start` started.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { jobOf, withCliSystem } from "../support/cli-system.ts";
import { waitUntil } from "../support/wait-until.ts";

const system = await withCliSystem();
const { run } = system;
const json = (text: string) => JSON.parse(text);

test("plan shows the stages, their chunks and who could run them, and runs nothing", async () => {
  const document =
    "{0: {tasks: {add: {operations: [{a: x, b: 1, column: y}]}}}, 1: {tasks: {sum: {columns: [x]}}}}";
  const text = await run(["job", "plan", "-", "--rows", "1000000"], document);
  assert.equal(text.exit, 0, text.stderr);
  assert.match(text.stdout, /^STAGE +SHAPE +TASKS +READS +CHUNKS +NODES +SLOTS\n/);
  const plan = json(
    (await run(["job", "plan", "-", "--rows", "1000000", "--json"], document)).stdout,
  );
  assert.ok(plan.slots >= 4);
  assert.ok(plan.stages[0].chunks > 1 && plan.stages[0].nodes.length === 1);
  assert.deepEqual(plan.stages[0].reads, [{ from: "input", by: "rows" }]);
  assert.equal((await run(["job", "ls", "--json"])).stdout.trim(), "[]");
});

test("plan ends with 65 for a document with faults, and with 69 where no node offers a task", async () => {
  const faulty = await run(["job", "plan", "-"], "{0: {tasks: {add: {operation: []}}}}");
  assert.equal(faulty.exit, 65, faulty.stderr);
  const unknown = await run(["job", "plan", "-"], jobOf("noSuchTask"));
  assert.equal(unknown.exit, 69, unknown.stderr);
  assert.match(unknown.stderr, /noSuchTask/);
});

test("a job is handed in again under an id that tells where it comes from", async () => {
  const first = await run(["job", "submit", "-", "--id", "again", "--wait"], jobOf("failing"));
  assert.equal(first.exit, 1);
  const retried = await run(["job", "retry", "again", "--wait"]);
  assert.deepEqual([retried.exit, retried.stdout], [1, "again-retry-1\n"], retried.stderr);
  const many = await run(["job", "retry", "--all-failed"]);
  assert.equal(many.exit, 0, many.stderr);
  assert.deepEqual(many.stdout.trim().split("\n"), ["again-retry-2", "again-retry-3"]);
});

test("a job that still runs is not handed in again, nor one that nobody knows", async () => {
  const id = await system.submitted(jobOf("nap"));
  const running = await run(["job", "retry", id]);
  assert.equal(running.exit, 65, running.stderr);
  assert.match(running.stderr, /is not over: it is running/);
  await run(["job", "cancel", id, "--wait"]);
  assert.equal((await run(["job", "retry", "nobody"])).exit, 66);
  assert.equal((await run(["job", "retry"])).exit, 2);
  assert.equal((await run(["job", "retry", "x", "--all-failed"])).exit, 2);
});

test("logs prints what the tasks said, whole, at the end, by stage, and as JSON", async () => {
  const document = "{0: {tasks: {filterRows: {operations: [{column: x, method: eq, value: 1}]}}}}";
  const input = join(system.folder, "x.json");
  writeFileSync(
    input,
    JSON.stringify({ rows: 3, columns: { x: { dtype: "<f8", values: [1, 2, 1] } } }),
  );
  const submitted = await run(
    ["job", "submit", "-", "--id", "wordy", "--wait", "-i", input],
    document,
  );
  assert.equal(submitted.exit, 0, submitted.stderr);
  const all = await run(["job", "logs", "wordy"]);
  assert.equal(all.exit, 0, all.stderr);
  assert.ok(all.stdout.length > 0, "the tasks said nothing");
  const lines = all.stdout.trim().split("\n");
  const tail = await run(["job", "logs", "wordy", "--tail", "1", "--prefix", "--timestamps"]);
  assert.match(tail.stdout, /^\d{4}-\d\d-\d\dT\S+Z 0\/filterRows: /);
  assert.ok(tail.stdout.trim().endsWith(lines.at(-1) ?? "?"));
  const objects = (await run(["job", "logs", "wordy", "--json"])).stdout
    .trim()
    .split("\n")
    .map(json);
  assert.deepEqual(
    objects.map(({ line }) => line),
    lines,
  );
  assert.equal((await run(["job", "logs", "wordy", "--stage", "other"])).stdout, "");
  assert.equal((await run(["job", "logs", "nobody"])).exit, 66);
  assert.equal((await run(["job", "logs", "wordy", "--since", "1h"])).stdout, all.stdout);
  assert.equal((await run(["job", "logs", "wordy", "--since", "1ms"])).stdout, "");
});

test("logs stays with a job that runs, and Ctrl-C leaves the job running", async (t) => {
  const id = await system.submitted(jobOf("nap"));
  const logs = await system.start(["job", "logs", id, "-f"], "", t);
  await waitUntil(() => logs.child.pid !== undefined, "it does not run");
  await run(["job", "cancel", id]);
  assert.equal((await logs.ended).exit, 0);
});

test("every job, or those with a label, is cancelled at once; ls finds them the same way", async () => {
  const labelled = (site: string) =>
    `{version: 1, labels: {site: ${site}}, stages: {a: {tasks: [nap]}}}`;
  const lab = await system.submitted(labelled("lab"));
  const roof = await system.submitted(labelled("roof"));
  const listed = await run([
    "job",
    "ls",
    "--label",
    "site=lab",
    "--state",
    "running",
    "-o",
    "name",
  ]);
  assert.equal(listed.stdout, `${lab}\n`);
  assert.equal((await run(["job", "ls", "--label", "lab"])).exit, 2);
  const recent = await run(["job", "ls", "--since", "1h", "--state", "running", "-o", "name"]);
  assert.deepEqual(recent.stdout.trim().split("\n").sort(), [lab, roof].sort());
  const some = await run(["job", "cancel", "--label", "site=lab", "--wait"]);
  assert.deepEqual([some.exit, some.stdout], [0, `${lab}\n`], some.stderr);
  const rest = await run(["job", "cancel", "--all", "--wait"]);
  assert.deepEqual([rest.exit, rest.stdout], [0, `${roof}\n`], rest.stderr);
  const none = await run(["job", "cancel", "--all"]);
  assert.deepEqual([none.exit, none.stdout], [0, ""]);
  assert.equal((await run(["job", "cancel"])).exit, 2);
  assert.equal((await run(["job", "cancel", "x", "--all"])).exit, 2);
});

test("a stage is stored for clients, listed, read, submitted by its id, and removed", async () => {
  const put = await run(["cache", "put", "stage-1", "-"], "tasks: [null]");
  assert.deepEqual([put.exit, put.stdout], [0, "stage-1\n"], put.stderr);
  const got = await run(["cache", "get", "stage-1"]);
  assert.deepEqual(json(got.stdout), { tasks: [null] });
  const listed = json((await run(["cache", "ls", "--prefix", "stage-", "--json"])).stdout);
  assert.deepEqual(
    listed.map(({ key }: { key: string }) => key),
    ["stage-1"],
  );
  assert.ok(listed[0].bytes > 0 && listed[0].storedAt !== undefined);
  const stats = json((await run(["cache", "stats", "--json"])).stdout);
  assert.ok(
    stats.some(
      ({ name, values }: { name: string; values: number }) =>
        name === "RTL_SCHEMAS" && values === 1,
    ),
  );
  assert.equal((await run(["cache", "rm", "stage-1"])).stdout, "stage-1\n");
  assert.equal((await run(["cache", "rm", "stage-1"])).exit, 66);
  assert.equal((await run(["cache", "get", "stage-1"])).exit, 66);
  assert.equal((await run(["cache", "ls"])).stdout, "");
});

test("a value with a lifetime is gone after it, for every reader", async () => {
  await run(["cache", "put", "long", "-", "--ttl", "1h"], "{}");
  await run(["cache", "put", "short", "-", "--ttl", "1ms"], "{}");
  const isGone = async () => (await run(["cache", "get", "short"])).exit === 66;
  await waitUntil(isGone, "it does not age");
  assert.equal((await run(["cache", "ls", "-o", "name"])).stdout, "long\n");
  await run(["cache", "rm", "long"]);
  assert.equal((await run(["cache", "put", "short", "-", "--ttl", "0s"], "{}")).exit, 2);
});

test("completion knows commands, flags, choices and the ids of jobs", async () => {
  const { exit, stdout: script } = await run(["completion", "bash"]);
  assert.equal(exit, 0);
  const complete = (...words: string[]) => {
    const program = `rtl() { node dist/cli/main.js "$@"; }\n${script}\nCOMP_WORDS=(rtl ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _rtl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync("bash", ["-c", program], {
      encoding: "utf8",
      env: { ...process.env, ...system.env, NATS_URL: "" },
    });
    return stdout.trim().split("\n");
  };
  assert.ok(complete("").includes("job") && complete("").includes("run"));
  assert.ok(complete("job", "").includes("watch"));
  assert.deepEqual(complete("job", "wa"), ["watch"]);
  assert.ok(complete("job", "watch", "--").includes("--after"));
  assert.deepEqual(complete("job", "watch", "--until", "st"), ["started"]);
  assert.ok(complete("job", "result", "").includes("wordy"));
  assert.ok(complete("task", "describe", "fil").includes("filterRows"));
  assert.equal((await run(["completion", "tcsh"])).exit, 2);
});

test("scripts for bash and zsh are shell, and that for fish names every command", async () => {
  const { stdout } = await run(["completion", "bash"]);
  assert.equal(spawnSync("bash", ["-n"], { input: stdout }).status, 0);
  assert.match((await run(["completion", "zsh"])).stdout, /^autoload -U \+X bashcompinit/);
  const fish = (await run(["completion", "fish"])).stdout;
  for (const command of ["watch", "plan", "retry", "doctor"]) {
    assert.match(fish, new RegExp(`-a ${command} -d '`));
  }
});

test("top prints one look off a terminal, and one object a line with --json", async () => {
  const once = await run(["top"]);
  assert.equal(once.exit, 0, once.stderr);
  assert.match(
    once.stdout,
    /^1 relay, 1 tasknode, 0 of 4 slots busy {2}\[·{10}\]\n0 jobs running\n/,
  );
  const object = json((await run(["top", "--json"])).stdout);
  assert.deepEqual([object.slots, object.busy, object.nodes.length], [4, 0, 1]);
});

test("top on a terminal is renewed until q, and leaves the screen as it was", async () => {
  // A pseudo-terminal, as util-linux gives one.
  const child = spawn(
    "script",
    ["-qec", "node dist/cli/main.js top --interval 100ms", "/dev/null"],
    {
      env: { ...process.env, ...system.env, NATS_URL: "", TERM: "xterm" },
    },
  );
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  const pages = () => screen.split("\u001b[H").length - 1;
  await waitUntil(() => pages() >= 3 && screen.includes("1 tasknode"), "nothing is shown");
  child.stdin.write("q");
  const [exit] = await once(child, "exit");
  assert.equal(exit, 0);
  assert.ok(screen.startsWith("\u001b[?1049h") || screen.includes("\u001b[?1049h"));
  assert.ok(screen.endsWith("\u001b[?25h\u001b[?1049l"), JSON.stringify(screen.slice(-40)));
});

test("--profile ranks the calls of a job in all processes, and writes a trace for Perfetto and Chrome", async () => {
  const file = join(system.folder, "trace.json");
  const document = "{0: {tasks: {add: {operations: [{a: x, b: 1, column: y}]}}, split: {rows: 2}}}";
  const input = join(system.folder, "ten.json");
  const values = Array.from({ length: 10 }, (_, row) => row);
  writeFileSync(input, JSON.stringify({ rows: 10, columns: { x: { dtype: "<f8", values } } }));
  const { exit, stderr } = await run(["run", "-", "-i", input, "--profile", file], document);
  assert.equal(exit, 0, stderr);
  const lines = stderr.split("\n");
  const head = lines.indexOf("RANKED");
  assert.match(lines[head + 2] ?? "", /^Class +Method +per 1000 calls +count$/);
  const rows = lines.slice(head + 4).flatMap((line) => {
    const [, name, method, cost, count] =
      /^\[(\w+)\] +\* (.+)\(\) +([\d.]+) s +(\d+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, method, cost: Number(cost), count: Number(count) }];
  });
  const costs = rows.map(({ cost }) => cost);
  assert.deepEqual(
    costs,
    [...costs].sort((a, b) => b - a),
    "the costliest does not come first",
  );
  const task = rows.find(({ name, method }) => name === "task" && method === "add");
  assert.equal(task?.count, 5, stderr);
  for (const name of ["client", "relay", "order", "tasknode"]) {
    assert.ok(
      rows.some((row) => row.name === name),
      `nothing of ${name}`,
    );
  }
  const trace = json(readFileSync(file, "utf8"));
  const spans = trace.traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
  assert.ok(spans.length >= rows.length);
  for (const { ts, dur, pid, tid } of spans) {
    assert.ok([ts, dur, pid, tid].every(Number.isInteger) && ts >= 0 && dur >= 1);
  }
  const named = trace.traceEvents.filter(({ name }: { name: string }) => name === "process_name");
  assert.equal(named.length, 3, "a client, a relay and a tasknode");
});

test("what the command line says of a job goes over its document", async () => {
  const document = "{version: 1, labels: {a: x}, stages: {one: {tasks: [nap]}}}";
  const given = ["--name", "night", "--label", "site=roof", "--priority", "7", "--deadline", "1m"];
  const { exit, stdout, stderr } = await run(["job", "submit", "-", ...given], document);
  assert.equal(exit, 0, stderr);
  const id = stdout.trim();
  const status = json((await run(["job", "status", id, "--json"])).stdout);
  assert.equal(status.name, "night");
  assert.deepEqual(status.labels, { a: "x", site: "roof" });
  const mine = (await run(["job", "ls", "--mine", "-o", "name"])).stdout.split("\n");
  assert.ok(mine.includes(id));
  await run(["job", "cancel", id, "--wait"]);
});

test("--set changes a task's parameter, and says what does not fit", async () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ["x=1", /is not STAGE.TASK.PARAM=VALUE/],
    ["one.head=1", /is not STAGE.TASK.PARAM=VALUE/],
    ["two.head.n=1", /there is no stage two.*there are: one/s],
    ["one.haed.n=1", /did you mean head/],
    ["one.null.n=1", /occurs 2 times in stage one.*one\.1.* or one\.2/s],
    ["one.7.n=1", /has no task 7/],
    ["one.head.n.m=1", /n is no map/],
  ];
  const document =
    "{version: 1, stages: {one: {tasks: [{head: {n: 1}}, {'null': {}}, {'null': {}}]}}}";
  for (const [set, message] of refusals) {
    const { exit, stderr } = await run(["job", "submit", "-", "--dry-run", "--set", set], document);
    assert.equal(exit, 2, set);
    assert.match(stderr.replace(/\s+/g, " "), message);
  }
  const wrong = await run(["job", "submit", "-", "--dry-run", "--name", ""], document);
  assert.equal(wrong.exit, 2);
  assert.equal((await run(["job", "submit", "-", "--priority", "10"], document)).exit, 2);
});

test("ls --watch says each job that is new or changes, as lines", async (t) => {
  const watching = await system.start(["job", "ls", "--watch", "--json"], "", t);
  const id = await system.submitted(jobOf("nap"));
  const states = () =>
    watching
      .stdout()
      .split("\n")
      .filter((line) => line.includes(id))
      .map((line) => json(line).state);
  await waitUntil(() => states().length > 0, "the new job is not told");
  await run(["job", "cancel", id, "--wait"]);
  await waitUntil(() => states().at(-1) === "cancelled", "its end is not told");
  watching.child.kill("SIGINT");
  assert.equal((await watching.ended).exit, 130);
});

test("many values are removed at once by what they have in common", async () => {
  for (const key of ["many-1", "many-2", "other"]) await run(["cache", "put", key, "-"], "{}");
  assert.equal((await run(["cache", "rm"])).exit, 2);
  assert.equal((await run(["cache", "rm", "other", "--prefix", "many-"])).exit, 2);
  assert.equal((await run(["cache", "rm", "--prefix", "many-", "--older-than", "1h"])).stdout, "");
  const removed = await run(["cache", "rm", "--prefix", "many-", "-y"]);
  assert.deepEqual([removed.exit, removed.stdout], [0, "many-1\nmany-2\n"], removed.stderr);
  assert.equal((await run(["cache", "ls", "-o", "name"])).stdout, "other\n");
  await run(["cache", "rm", "other"]);
});
