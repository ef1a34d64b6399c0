/** Work that takes much longer than its like: when it goes out once more, and what comes of both. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StageIndex } from "../../../src/protocol/ids.ts";
import { planned, spec, stage } from "./catalog.ts";
import { Drive } from "./drive.ts";

const CHUNKS = 6;

/** Six chunks of which five are done, each after half a second; the last one is under way. */
function straggling(task = "add"): Drive {
  const document = spec(stage(["s", [], task], { split: { rows: 10 } }));
  const drive = new Drive(planned(document, { inputRows: 10 * CHUNKS }));
  drive.want(0, CHUNKS);
  for (let chunk = 0; chunk < CHUNKS; chunk++) drive.renew(drive.work(0, chunk));
  drive.pass(500);
  for (let chunk = 0; chunk < CHUNKS - 1; chunk++) drive.finish(drive.work(0, chunk));
  return drive;
}

const last = CHUNKS - 1;
const copy = (drive: Drive) => drive.hear({ type: "copy-wanted", stage: 0 as StageIndex });
/** Lets time pass in which the node says that it is at its work. */
function linger(drive: Drive, ms: number, attempt = 1): void {
  for (let passed = 0; passed < ms; passed += 500) {
    drive.pass(500);
    drive.renew(drive.work(0, last, attempt));
  }
}
const outcomeOf = ({ state }: Drive): string | undefined =>
  state.phase === "settled" ? state.outcome.state : undefined;

test("a piece that takes three times as long as its like goes out once more, and once only", () => {
  const drive = straggling();
  assert.deepEqual(copy(drive), [], "it takes as long as the others");
  linger(drive, 1_500);
  assert.deepEqual(copy(drive), ["assign 0/5/2 [50, 60)"]);
  assert.deepEqual(copy(drive), [], "two are at it");
});

test("whichever copy is done first counts, and the other is late", () => {
  for (const first of [1, 2]) {
    const drive = straggling();
    linger(drive, 1_500);
    copy(drive);
    const won = drive.finish(drive.work(0, last, first));
    assert.deepEqual(won, [`commit 0/5/${first}`, "settle completed"]);
    assert.equal(outcomeOf(drive), "completed");
    assert.deepEqual(drive.finish(drive.work(0, last, 3 - first)), [`discard 0/5/${3 - first}`]);
  }
});

test("a copy that comes to nothing costs no attempt and leaves the first as it was", () => {
  const endings = [
    (drive: Drive) => drive.hear({ type: "work-refused", work: drive.work(0, last, 2) }),
    (drive: Drive) => drive.fail(drive.work(0, last, 2), "RTL_WORKER_ENDED"),
    (drive: Drive) => drive.fail(drive.work(0, last, 2), "RTL_TASK_FAILED"),
  ];
  for (const end of endings) {
    const drive = straggling();
    linger(drive, 1_500);
    copy(drive);
    end(drive);
    assert.equal(drive.state.phase, "running");
    assert.deepEqual(drive.want(0), [], "it waits for no retry");
    assert.deepEqual(copy(drive), ["assign 0/5/3 [50, 60)"], "its number is not used again");
    drive.finish(drive.work(0, last));
    assert.equal(outcomeOf(drive), "completed");
  }
});

test("when the first of two fails the copy goes on, and what becomes of that counts", () => {
  const drive = straggling();
  linger(drive, 1_500);
  copy(drive);
  drive.fail(drive.work(0, last), "RTL_TASK_FAILED");
  assert.equal(drive.state.phase, "running");
  drive.fail(drive.work(0, last, 2), "RTL_TASK_FAILED");
  assert.equal(outcomeOf(drive), "failed");
});

test("a copy whose node falls silent is given up, and the first has its lease anew", () => {
  const drive = straggling();
  linger(drive, 1_500);
  copy(drive);
  drive.pass(2_500);
  drive.renew(drive.work(0, last));
  drive.pass(1_000);
  assert.deepEqual(drive.want(0), [], "the first is under way still");
  linger(drive, 500);
  assert.deepEqual(drive.finish(drive.work(0, last, 2)), ["commit 0/5/2", "settle completed"]);
});

test("a cancelled job ends when both copies have", () => {
  const drive = straggling();
  linger(drive, 1_500);
  copy(drive);
  drive.cancel(2_000);
  drive.fail(drive.work(0, last, 2), "RTL_JOB_CANCELLED");
  assert.equal(drive.state.phase, "cancelling");
  assert.deepEqual(drive.fail(drive.work(0, last), "RTL_JOB_CANCELLED"), ["settle cancelled"]);
});

test("what leaves something behind, and what waits to be handed out, is not copied", () => {
  const writes = straggling("write");
  linger(writes, 3_000);
  assert.deepEqual(copy(writes), []);
  const few = new Drive(
    planned(spec(stage(["s", [], "add"], { split: { rows: 10 } })), { inputRows: 60 }),
  );
  few.want(0, 3);
  few.pass(2_000);
  for (const chunk of [0, 1]) few.finish(few.work(0, chunk));
  assert.deepEqual(copy(few), [], "others are still to be handed out");
});
