import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenRule } from "../../../src/flow/state.ts";
import type { JobId, NodeId } from "../../../src/protocol/ids.ts";
import { planned, spec, stage } from "./catalog.ts";
import { Drive } from "./drive.ts";

/** Three chunks of ten rows through one stage. */
const simple = () =>
  new Drive(planned(spec(stage(["s", [], "add"], { split: { rows: 10 } })), { inputRows: 30 }));
/** Three chunks through two stages on different nodes. */
const pair = () =>
  new Drive(
    planned(spec(stage(["s", [], "only1", "only2"], { split: { rows: 10 } })), { inputRows: 30 }),
  );
/** Three chunks, then all of them in one. */
const gathered = () =>
  new Drive(
    planned(spec(stage(["s", [], "add", "sort"], { split: { rows: 10 } })), { inputRows: 30 }),
  );

test("work is handed out in the order of the chunks, up to what is wanted", () => {
  const drive = simple();
  assert.deepEqual(drive.want(0, 2), ["assign 0/0/1 [0, 10)", "assign 0/1/1 [10, 20)"]);
  assert.deepEqual(drive.want(0, 9), ["assign 0/2/1 [20, 30)"]);
  assert.deepEqual(drive.want(0, 9), []);
});

test("a job is done when its last chunk is, in whatever order they come", () => {
  const drive = simple();
  drive.want(0, 3);
  assert.deepEqual(drive.finish(drive.work(0, 2)), ["commit 0/2/1"]);
  assert.deepEqual(drive.finish(drive.work(0, 0)), ["commit 0/0/1"]);
  assert.deepEqual(drive.finish(drive.work(0, 1)), ["commit 0/1/1", "settle completed"]);
});

test("a doubled, unknown or unasked result is let go", () => {
  const drive = simple();
  drive.want(0, 1);
  assert.deepEqual(drive.finish(drive.work(0, 1)), ["discard 0/1/1"]);
  assert.deepEqual(drive.finish(drive.work(0, 0, 2)), ["discard 0/0/2"]);
  assert.deepEqual(drive.finish(drive.work(0, 77)), ["discard 0/77/1"]);
  drive.finish(drive.work(0, 0));
  assert.deepEqual(drive.finish(drive.work(0, 0)), ["discard 0/0/1"]);
});

test("a source is measured before it is cut", () => {
  const drive = new Drive(planned(spec(stage(["s", [], "open"], { split: { chunks: 2 } }))));
  assert.deepEqual(drive.want(0, 5), ["assign 0/-1/1 measure"]);
  const extent = { units: 100, unit: "bytes", unitsMin: 1 } as const;
  assert.deepEqual(drive.finish(drive.work(0, -1), 0, extent), ["commit 0/-1/1"]);
  assert.deepEqual(drive.finish(drive.work(0, -1), 0, extent), [], "twice is once");
  assert.deepEqual(drive.want(0, 5), ["assign 0/0/1 [0, 50)", "assign 0/1/1 [50, 100)"]);
});

test("a chunk goes on as soon as it is there, and its input is let go when it is through", () => {
  const drive = pair();
  drive.want(0, 3);
  assert.deepEqual(drive.readyStages(), []);
  drive.finish(drive.work(0, 1));
  assert.deepEqual(drive.readyStages(), [1]);
  assert.deepEqual(drive.want(1), ["assign 1/1/1"]);
  assert.deepEqual(drive.finish(drive.work(1, 1)), ["commit 1/1/1", "release 0/1"]);
});

test("a gather begins when all it reads is there, and lets it go at its end", () => {
  const drive = gathered();
  drive.want(0, 3);
  for (const chunk of [0, 1, 2]) {
    assert.equal(drive.ready(1), 0);
    drive.finish(drive.work(0, chunk));
  }
  assert.deepEqual(drive.want(1, 3), ["assign 1/0/1"]);
  const end = ["commit 1/0/1", "release 0/all", "settle completed"];
  assert.deepEqual(drive.finish(drive.work(1, 0)), end);
});

test("refused work goes back as it was, and the attempt does not count", () => {
  const drive = simple();
  drive.want(0, 1);
  assert.deepEqual(drive.hear({ type: "work-refused", work: drive.work(0, 0) }), []);
  assert.deepEqual(drive.want(0, 1), ["assign 0/0/1 [0, 10)"]);
  drive.fail(drive.work(0, 0), "RTL_BUS_UNREACHABLE");
  drive.pass(1_000);
  drive.want(0, 1);
  drive.hear({ type: "work-refused", work: drive.work(0, 0, 2) });
  assert.deepEqual(drive.want(0, 1), ["assign 0/0/2 [0, 10)"]);
});

test("a silent node's work is handed out again at once, and its late result still counts", () => {
  const drive = simple();
  drive.want(0, 1);
  drive.pass(2_000);
  drive.renew(drive.work(0, 0));
  drive.pass(2_500);
  assert.equal(drive.ready(0), 2, "the lease was renewed");
  drive.pass(500);
  assert.deepEqual(drive.want(0, 1), ["assign 0/0/2 [0, 10)"]);
  assert.deepEqual(drive.finish(drive.work(0, 0, 1)), ["commit 0/0/1"]);
  assert.deepEqual(drive.finish(drive.work(0, 0, 2)), ["discard 0/0/2"]);
});

test("a clock set forward, or a relay held up, does not make every node silent", () => {
  const drive = simple();
  drive.want(0, 3);
  drive.at += 3_600_000;
  drive.hear({ type: "clock-ticked" });
  drive.at -= 7_200_000;
  drive.hear({ type: "clock-ticked" });
  assert.equal(drive.ready(0), 0, "nothing was taken for lost");
});

test("a lost node's work is handed out again, and no other's", () => {
  const drive = simple();
  drive.want(0, 3);
  drive.renew(drive.work(0, 0), "n1");
  drive.renew(drive.work(0, 1), "n2");
  drive.hear({ type: "node-lost", node: "n1" as NodeId });
  assert.deepEqual(drive.want(0, 3), ["assign 0/0/2 [0, 10)"]);
});

test("the user's error fails the job at once, with its place", () => {
  const drive = simple();
  drive.want(0, 2);
  const lines = drive.fail(drive.work(0, 1), "RTL_COLUMN_UNKNOWN", true);
  assert.deepEqual(lines, ["revoke after 2000", "settle failed"]);
  assert.ok(drive.state.phase === "settled" && drive.state.outcome.state === "failed");
  const { code, at } = drive.state.outcome.failure;
  assert.equal(code, "RTL_COLUMN_UNKNOWN");
  assert.deepEqual(at, { job: "j1", stage: "s", chunk: 1, attempt: 1, node: "n1" });
});

test("a task's error is tried again only if the task says so", () => {
  const drive = simple();
  drive.want(0, 1);
  assert.deepEqual(drive.fail(drive.work(0, 0), "RTL_TASK_FAILED", true), []);
  assert.equal(drive.ready(0), 2, "the retry has to wait");
  drive.pass(250);
  assert.deepEqual(drive.want(0, 1), ["assign 0/0/2 [0, 10)"]);
  const end = ["revoke after 2000", "settle failed"];
  assert.deepEqual(drive.fail(drive.work(0, 0, 2), "RTL_TASK_FAILED", false), end);
});

test("when all attempts are used up the failure says what was tried, and where", () => {
  const drive = simple();
  for (const attempt of [1, 2]) {
    drive.pass(1_000);
    drive.want(0, 1);
    assert.deepEqual(drive.fail(drive.work(0, 0, attempt), "RTL_STORE_SILENT"), []);
  }
  drive.pass(1_000);
  drive.want(0, 1);
  drive.fail(drive.work(0, 0, 3), "RTL_STORE_SILENT");
  assert.ok(drive.state.phase === "settled" && drive.state.outcome.state === "failed");
  const { code, message } = drive.state.outcome.failure;
  assert.equal(code, "RTL_WORK_LOST");
  assert.match(message, /attempt 1 on n1: oh; attempt 2 on n1: oh; attempt 3 on n1: oh/);
});

test("a lost input costs none of the attempts of the work that needed it", () => {
  const drive = simple();
  for (let attempt = 1; attempt < 10; attempt++) {
    drive.want(0, 1);
    assert.deepEqual(drive.fail(drive.work(0, 0, attempt), "RTL_BLOCK_LOST"), []);
    drive.pass(2_000);
  }
});

test("a late failure of an attempt that is not under way changes nothing", () => {
  const drive = simple();
  drive.want(0, 1);
  drive.pass(3_000);
  assert.deepEqual(drive.fail(drive.work(0, 0, 1), "RTL_COLUMN_UNKNOWN"), []);
  assert.equal(drive.state.phase, "running");
});

test("a lost block is made again if it is needed, and only then", () => {
  const drive = pair();
  drive.want(0, 3);
  for (const chunk of [0, 1, 2]) drive.finish(drive.work(0, chunk), 5);
  drive.lose(0, 1);
  assert.equal(drive.ready(1), 2, "what reads it waits");
  assert.deepEqual(drive.want(0, 3), ["assign 0/1/2 [10, 20)"]);
  assert.deepEqual(drive.finish(drive.work(0, 1, 1)), ["discard 0/1/1"], "that one is gone");
  assert.deepEqual(drive.finish(drive.work(0, 1, 2), 5), ["commit 0/1/2"]);
  assert.equal(drive.state.stages[0]?.rows, 15, "its rows count once");
  drive.want(1, 3);
  drive.finish(drive.work(1, 0));
  assert.deepEqual(drive.lose(0, 0), []);
  assert.equal(drive.ready(0), 0, "nobody needs it any more");
});

test("what is lost is made from its inputs, as far back as they are gone", () => {
  const drive = pair();
  drive.want(0, 3);
  drive.finish(drive.work(0, 0));
  drive.want(1, 1);
  assert.deepEqual(drive.finish(drive.work(1, 0)), ["commit 1/0/1", "release 0/0"]);
  drive.lose(1, 0);
  assert.deepEqual(drive.readyStages(), [0]);
  assert.deepEqual(drive.want(0, 1), ["assign 0/0/2 [0, 10)"]);
  drive.finish(drive.work(0, 0, 2));
  assert.deepEqual(drive.want(1, 1), ["assign 1/0/2"]);
});

test("a gather that lost its inputs waits for them, whatever its own retries say", () => {
  const drive = gathered();
  drive.want(0, 3);
  for (const chunk of [0, 1, 2]) drive.finish(drive.work(0, chunk));
  drive.want(1);
  drive.lose(0, 2);
  drive.fail(drive.work(1, 0), "RTL_BLOCK_LOST");
  drive.pass(1_000);
  assert.deepEqual(drive.readyStages(), [0]);
  drive.want(0);
  drive.finish(drive.work(0, 2, 2));
  assert.deepEqual(drive.want(1), ["assign 1/0/2"]);
});

test("a stage that no node can serve fails the job", () => {
  const drive = simple();
  const failure = { code: "RTL_NO_TASKNODE", message: "nobody" } as const;
  const said = { type: "stage-unplaceable", stage: drive.work(0, 0).stage, failure } as const;
  assert.deepEqual(drive.hear(said), ["revoke after 2000", "settle failed"]);
});

test("a job past its deadline fails", () => {
  const document = { ...spec(["s", [], "add"]), deadlineMs: 2_000 };
  const drive = new Drive(planned(document));
  assert.deepEqual(drive.pass(1_500), []);
  assert.deepEqual(drive.pass(500), ["revoke after 2000", "settle failed"]);
});

test("a job of which nothing is under way is cancelled at once", () => {
  const drive = simple();
  assert.deepEqual(drive.cancel(500), ["revoke after 500", "settle cancelled"]);
});

test("a cancelled job settles when the last of its work has ended, however it ends", () => {
  const drive = simple();
  drive.want(0, 3);
  drive.pass(500);
  assert.deepEqual(drive.cancel(2_000), ["revoke after 2000"]);
  assert.deepEqual(drive.want(0, 3), [], "no work is handed out");
  assert.deepEqual(drive.finish(drive.work(0, 0)), ["discard 0/0/1"]);
  assert.deepEqual(drive.fail(drive.work(0, 1), "RTL_TASK_FAILED", true), []);
  assert.deepEqual(drive.hear({ type: "work-refused", work: drive.work(0, 2) }), [
    "settle cancelled",
  ]);
  assert.ok(drive.state.phase === "settled" && drive.state.outcome.state === "cancelled");
  assert.deepEqual(drive.state.outcome, {
    state: "cancelled",
    by: "ann",
    reason: "enough",
    at: 1_500,
  });
});

test("a cancelled job does not wait for lost or silent nodes", () => {
  const lost = simple();
  lost.want(0, 1);
  lost.renew(lost.work(0, 0), "n1");
  lost.cancel(2_000);
  assert.deepEqual(lost.hear({ type: "node-lost", node: "n1" as NodeId }), ["settle cancelled"]);
  const silent = simple();
  silent.want(0, 1);
  silent.cancel(60_000);
  assert.deepEqual(silent.pass(3_000), ["settle cancelled"]);
});

test("a node that goes on beating is given up after grace and lease", () => {
  const drive = simple();
  drive.want(0, 1);
  drive.cancel(1_000);
  for (let beat = 0; beat < 7; beat++) {
    drive.renew(drive.work(0, 0));
    assert.deepEqual(drive.pass(500), []);
  }
  drive.renew(drive.work(0, 0));
  assert.deepEqual(drive.pass(500), ["settle cancelled"]);
});

test("cancelling again changes nothing, unless it is to end sooner", () => {
  const drive = simple();
  drive.want(0, 1);
  drive.cancel(2_000);
  assert.deepEqual(drive.cancel(2_000), []);
  assert.deepEqual(drive.cancel(0), ["revoke after 0"]);
  assert.deepEqual(drive.cancel(100), []);
});

test("while cancelling, what is found, lost or unplaceable is of no interest", () => {
  const drive = simple();
  drive.want(0, 1);
  drive.cancel(2_000);
  const work = drive.work(0, 2);
  const found = { type: "output-found", work, node: "n1" as NodeId, rows: 1 } as const;
  assert.deepEqual(drive.hear(found), ["discard 0/2/1"]);
  assert.deepEqual(drive.lose(0, 1), []);
  const failure = { code: "RTL_NO_TASKNODE", message: "nobody" } as const;
  assert.deepEqual(drive.hear({ type: "stage-unplaceable", stage: work.stage, failure }), []);
});

test("a settled job heeds nothing, and lets late results go", () => {
  const drive = simple();
  drive.want(0, 3);
  drive.fail(drive.work(0, 0), "RTL_FILE_MISSING");
  const { phase, stages } = drive.state;
  const work = drive.work(0, 1);
  const node = "n1" as NodeId;
  const failure = { code: "RTL_NO_TASKNODE", message: "nobody" } as const;
  assert.deepEqual(drive.finish(work), ["discard 0/1/1"]);
  assert.deepEqual(drive.hear({ type: "output-found", work, node, rows: 1 }), ["discard 0/1/1"]);
  assert.deepEqual(drive.want(0, 9), []);
  assert.deepEqual(drive.hear({ type: "work-refused", work }), []);
  assert.deepEqual(drive.renew(work), []);
  assert.deepEqual(drive.fail(work, "RTL_TASK_FAILED", true), []);
  assert.deepEqual(drive.hear({ type: "node-lost", node }), []);
  assert.deepEqual(drive.lose(0, 1), []);
  assert.deepEqual(drive.hear({ type: "stage-unplaceable", stage: work.stage, failure }), []);
  assert.deepEqual(drive.cancel(0), []);
  assert.deepEqual(drive.pass(10_000), []);
  assert.deepEqual([drive.state.phase, drive.state.stages], [phase, stages]);
  assert.deepEqual(drive.readyStages(), []);
});

test("a relay that takes a job over keeps what it finds, and spares what led to it", () => {
  const drive = gathered();
  const node = "n1" as NodeId;
  const found = { type: "output-found", node, rows: 30 } as const;
  const end = ["commit 1/0/1", "settle completed"];
  assert.deepEqual(drive.hear({ ...found, work: drive.work(1, 0) }), end);

  const chunks = pair();
  const kept = chunks.hear({ ...found, rows: 10, work: chunks.work(1, 2, 4) });
  assert.deepEqual(kept, ["commit 1/2/4"]);
  assert.deepEqual(chunks.want(0, 9), ["assign 0/0/1 [0, 10)", "assign 0/1/1 [10, 20)"]);
});

test("work that is found in hand is not handed out again when its inputs are made again", () => {
  const drive = gathered();
  const work = drive.work(1, 0, 3);
  assert.deepEqual(drive.hear({ type: "work-found", work, node: "n1" as NodeId }), []);
  drive.want(0, 3);
  for (const chunk of [0, 1, 2]) drive.finish(drive.work(0, chunk), 10);
  assert.deepEqual(drive.want(1, 9), []);
  const lines = drive.finish(work, 30);
  assert.deepEqual(lines.slice(0, 1), ["commit 1/0/3"]);
  assert.equal(drive.state.phase, "settled");
});

test("an output that is found twice is kept once", () => {
  const drive = simple();
  const node = "n1" as NodeId;
  const found = { type: "output-found", node, rows: 10, work: drive.work(0, 0) } as const;
  assert.deepEqual(drive.hear(found), ["commit 0/0/1"]);
  assert.deepEqual(drive.hear(found), ["discard 0/0/1"]);
});

test("an event that no shell can mean is refused with the job's story", () => {
  const drive = simple();
  drive.want(0, 1);
  const work = { ...drive.work(0, 0), job: "other" as JobId };
  const refused = (error: unknown) =>
    error instanceof BrokenRule && /work of the job other/.test(error.message);
  assert.throws(() => drive.finish(work), refused);
  assert.throws(() => drive.want(7), /there is no stage 7; its last events:\s+.*work-wanted/);
});
