/** The demo as `npm run demo` starts it: twice the same, and nothing left behind when interrupted. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isAlive } from "../../src/host/process-alive.ts";
import { root } from "../support/sources.ts";
import { waitUntil } from "../support/wait-until.ts";

const main = join(root, "dist/examples/demo/main.js");

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  readonly exit: Promise<number | null>;
}

function startDemo(t: TestContext, ...args: string[]): Run {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (text) => {
    output += text;
  });
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const exit = once(child, "close").then(([code]) => code as number | null);
  t.after(async () => {
    child.kill("SIGTERM");
    await exit;
  });
  return { child, output: () => output, errors: () => errors, exit };
}

interface Shown {
  readonly services: readonly { readonly pid: number }[];
  readonly jobs: readonly {
    readonly state: string;
    readonly check: { readonly equal: boolean; readonly differenceMax: number };
    readonly result: { readonly rows: number };
    readonly stages: readonly { readonly chunks: number; readonly nodes: object }[];
  }[];
}

for (const time of ["once", "and again"]) {
  test(`the demo ${time} gives the right results as one JSON document, and ends its services`, async (t) => {
    const demo = startDemo(t, "--json");
    assert.equal(await demo.exit, 0, demo.errors());
    const { services, jobs } = JSON.parse(demo.output()) as Shown;
    assert.deepEqual(
      jobs.map(({ state, check, result }) => [state, check.equal, result.rows]),
      [
        ["completed", true, 166],
        ["completed", true, 108_962],
      ],
    );
    for (const { stages } of jobs) {
      assert.ok(stages.every(({ chunks, nodes }) => chunks > 1 && Object.keys(nodes).length > 0));
    }
    assert.ok(services.length >= 3);
    assert.ok(services.every(({ pid }) => !isAlive(pid)));
  });
}

test("for people the demo shows the table, what tasks said, times and places", async (t) => {
  const demo = startDemo(t);
  assert.equal(await demo.exit, 0, demo.errors());
  for (const part of [
    /=> Filtered Results: \(25106,\)/,
    /=> totalRunTime : MAX 150761\.47144578313 MIN 1090\.18 AVG 75380\.73572289156 COUNT 166/,
    /STAGE +TIME +CHUNKS +ROWS +NODE/,
    /\(166 rows\)/,
    /late flights: 108962, expected 108962/,
    /equal\n/,
  ]) {
    assert.match(demo.output(), part);
  }
});

test("Ctrl-C ends the demo and everything that it started", async (t) => {
  const demo = startDemo(t);
  const pids = () =>
    [...demo.output().matchAll(/^(?:nats-server|relay|tasknode\S*) +(\d+)$/gm)].map(([, pid]) =>
      Number(pid),
    );
  await waitUntil(() => pids().length === 3, "the demo did not start its services");
  demo.child.kill("SIGINT");
  assert.equal(await demo.exit, 130);
  assert.deepEqual(pids().filter(isAlive), []);
});
