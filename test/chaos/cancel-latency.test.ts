/**
 * How long it takes from a cancel to the news that the job has ended, one job after the other on a system
 * that does nothing else: for tasks that heed their signal, and, beyond their grace, for those that heed
 * nothing. The figures are noted, never asserted; that each job ends as cancelled, and its slot serves
 * the next, is.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startSystem, testTasks } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";

const JOBS = long ? 200 : 5;
const GRACE_MS = 50;

/** Each task writes a file when it begins. */
const kinds = [
  {
    fault: "cancel: the task heeds it",
    task: "asksWhy",
    params: { answer: "why" },
    graceMs: 2_000,
  },
  { fault: "cancel: the task heeds nothing; beyond its grace", task: "defiant", graceMs: GRACE_MS },
  { fault: "cancel: a busy loop; beyond its grace", task: "deaf", graceMs: GRACE_MS },
  { fault: "cancel by force: a busy loop", task: "deaf", graceMs: 0 },
];

test("every job ends as cancelled, and how soon is noted", async (t) => {
  const system = await startSystem(t, { nodes: [{ threads: 1, tasks: testTasks }] });
  const rtl = await system.connect();
  for (const { fault, task, params, graceMs } of kinds) {
    const cancelMs: number[] = [];
    let stuck = 0;
    for (let place = 0; place < JOBS; place++) {
      const file = `${task}-${graceMs}-${place}`;
      const job = await rtl.submit({ 0: { tasks: { [task]: { file, ...params } } } });
      await waitUntil(() => existsSync(join(system.data, file)), `${file} did not begin`);
      const began = performance.now();
      await job.cancel({ graceMs });
      const done = await job.done({ timeoutMs: 20_000 }).catch(() => undefined);
      const grace = task === "asksWhy" ? 0 : graceMs;
      cancelMs.push(performance.now() - began - grace);
      if (done?.state !== "cancelled") stuck++;
    }
    const none = { lost: 0, wrong: 0, doubled: 0, phantom: 0 };
    const name = task === "asksWhy" ? "cancel-heeded" : "cancel-unheeded";
    const aims = [{ name, withinMs: 250 }] as const;
    report({ fault, injected: JOBS, jobs: JOBS, chunks: JOBS, ...none, stuck, cancelMs, aims });
  }
});
