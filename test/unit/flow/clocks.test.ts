/** The clocks of a job: queue wait, lease and deadline, each of a stage by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "../../../src/protocol/document.ts";
import type { StageSpec } from "../../../src/protocol/job-spec.ts";
import { planned, spec, stage } from "./catalog.ts";
import { Drive } from "./drive.ts";

/** Three chunks of ten rows through one stage with clocks of its own. */
const clocked = (clocks: Partial<StageSpec>) =>
  new Drive(
    planned(spec(stage(["s", [], "add"], { split: { rows: 10 }, ...clocks })), { inputRows: 30 }),
  );

function failureOf({ state }: Drive) {
  assert.ok(state.phase === "settled" && state.outcome.state === "failed");
  return state.outcome.failure;
}

test("work that waits too long for a slot fails its job, also where slots refuse it again and again", () => {
  const drive = clocked({ waitMs: 4_000 });
  for (let turn = 0; turn < 3; turn++) {
    drive.want(0, 3);
    for (const chunk of [0, 1, 2]) drive.hear({ type: "work-refused", work: drive.work(0, chunk) });
    drive.pass(1_000);
  }
  assert.equal(drive.state.phase, "running");
  assert.deepEqual(drive.pass(1_500).at(-1), "settle failed");
  const { code, message, at } = failureOf(drive);
  assert.equal(code, "RTL_QUEUE_TIMEOUT");
  assert.match(message, /stage "s" has waited 4000 ms/);
  assert.equal(at?.stage, "s");
});

test("work that nodes begin one after the other does not wait, however long all of it takes", () => {
  const drive = clocked({ waitMs: 4_000 });
  for (const chunk of [0, 1, 2]) {
    drive.want(0, 1);
    drive.renew(drive.work(0, chunk));
    drive.pass(2_500);
    drive.renew(drive.work(0, chunk));
    drive.finish(drive.work(0, chunk));
  }
  assert.ok(drive.state.phase === "settled" && drive.state.outcome.state === "completed");
});

test("a stage's own lease is what its work is lost by, shorter or longer than the job's", () => {
  const short = clocked({ leaseMs: 1_000 });
  short.want(0, 1);
  short.renew(short.work(0, 0));
  short.pass(1_000);
  assert.deepEqual(short.want(0, 1), ["assign 0/0/2 [0, 10)"]);
  const long = clocked({ leaseMs: 10_000 });
  long.want(0, 1);
  long.renew(long.work(0, 0));
  long.pass(9_000);
  assert.deepEqual(long.want(0, 1), ["assign 0/1/1 [10, 20)"]);
  long.pass(1_500);
  assert.deepEqual(long.want(0, 1), ["assign 0/0/2 [0, 10)"]);
});

test("a stage that is not done by its deadline fails the job, and one that is does not", () => {
  const early = spec(
    stage(["a", [], "only1"], { deadlineMs: 2_000 }),
    stage(["b", ["a"], "only2"], { deadlineMs: 60_000 }),
  );
  const late = new Drive(planned(early, { inputRows: 1 }));
  late.pass(2_500);
  const { code, at } = failureOf(late);
  assert.deepEqual([code, at?.stage], ["RTL_DEADLINE_PASSED", "a"]);
  const done = new Drive(planned(early, { inputRows: 1 }));
  done.want(0);
  done.finish(done.work(0, 0));
  done.pass(2_500);
  assert.equal(done.state.phase, "running");
});

test("a document sets clocks for a job, and a stage its own", () => {
  const { stages } = parseSpec({
    lease: "2s",
    wait: "1m",
    timeout: "5s",
    retry: { attempts: 7 },
    stages: {
      a: { tasks: ["add"], deadline: "3s" },
      b: { tasks: ["add"], lease: "20s", wait: "2m", timeout: "9s", retry: { attempts: 2 } },
    },
  });
  assert.deepEqual(
    stages.map(({ leaseMs, waitMs, timeoutMs, deadlineMs, retry }) => {
      return [leaseMs, waitMs, timeoutMs, deadlineMs, retry?.attempts];
    }),
    [
      [2_000, 60_000, 5_000, 3_000, 7],
      [20_000, 120_000, 9_000, undefined, 2],
    ],
  );
  assert.throws(() => parseSpec({ lease: "10ms", stages: { a: { tasks: ["add"] } } }), /300 ms/);
});
