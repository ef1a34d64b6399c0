/** What tells work that takes its workers along from work that was there when they died. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeId } from "../../../src/protocol/ids.ts";
import { planned, spec, stage } from "./catalog.ts";
import { Drive } from "./drive.ts";

const jobOf = (attempts = 3, inputRows = 30) =>
  new Drive(
    planned(spec(stage(["s", [], "add"], { split: { rows: 10 }, retry: { attempts } })), {
      inputRows,
    }),
  );

/** The piece ends its worker on this node, which its supervisor saw. */
function ends(drive: Drive, attempt: number, node: string): readonly string[] {
  const failure = { code: "RTL_WORKER_ENDED", message: "it ended itself" } as const;
  const work = drive.work(0, 0, attempt);
  return drive.hear({ type: "work-failed", work, node: node as NodeId, failure, retry: false });
}

/** The node falls silent that has the piece. */
function silent(drive: Drive, attempt: number, node: string): readonly string[] {
  drive.renew(drive.work(0, 0, attempt), node);
  return drive.pass(3_500);
}

function again(drive: Drive, attempt: number): void {
  drive.pass(2_000);
  assert.deepEqual(drive.want(0, 1), [`assign 0/0/${attempt} [0, 10)`]);
}

test("work that ended its workers on two nodes is poison, whatever attempts are left", () => {
  const drive = jobOf(10);
  drive.want(0, 1);
  assert.deepEqual(ends(drive, 1, "n1"), []);
  again(drive, 2);
  assert.deepEqual(ends(drive, 2, "n1"), [], "the same node may be ill itself");
  again(drive, 3);
  const end = ["bury 0/0/3 poison after 3", "revoke after 2000", "settle failed"];
  assert.deepEqual(ends(drive, 3, "n2"), end);
  assert.ok(drive.state.phase === "settled" && drive.state.outcome.state === "failed");
  const { code, message, fix } = drive.state.outcome.failure;
  assert.equal(code, "RTL_WORK_POISON");
  assert.match(message, /attempt 3 on n2: it ended itself/);
  assert.match(fix ?? "", /rtl dead show j1/);
});

test("nodes that fall silent prove nothing by themselves, and cost no attempt", () => {
  const drive = jobOf(2);
  drive.want(0, 1);
  for (const [attempt, node] of [
    [1, "n1"],
    [2, "n2"],
    [3, "n3"],
    [4, "n1"],
  ] as const) {
    silent(drive, attempt, node);
    again(drive, attempt + 1);
  }
  assert.deepEqual(drive.finish(drive.work(0, 0, 5)), ["commit 0/0/5"]);
});

test("silence on one node and proof on another are poison", () => {
  const drive = jobOf();
  drive.want(0, 1);
  silent(drive, 1, "n1");
  again(drive, 2);
  assert.equal(ends(drive, 2, "n2")[0], "bury 0/0/2 poison after 2");
});

test("five silent nodes are enough", () => {
  const drive = jobOf();
  drive.want(0, 1);
  for (const attempt of [1, 2, 3, 4]) {
    silent(drive, attempt, `n${attempt % 2}`);
    again(drive, attempt + 1);
  }
  assert.ok(silent(drive, 5, "n1").includes("bury 0/0/5 poison after 5"));
});

test("what was lost with its node goes out alone, though more is wanted and ready", () => {
  const drive = jobOf();
  drive.want(0, 1);
  silent(drive, 1, "n1");
  assert.deepEqual(drive.want(0, 3), ["assign 0/0/2 [0, 10)"]);
  assert.deepEqual(drive.want(0, 3), ["assign 0/1/1 [10, 20)", "assign 0/2/1 [20, 30)"]);
});

test("work that is to be tried once may have been done where it was lost: it is not tried again", () => {
  const drive = jobOf(1);
  drive.want(0, 1);
  assert.ok(silent(drive, 1, "n1").includes("bury 0/0/1 exhausted after 1"));
});

test("a stage that nobody can run any more fails for the piece that took its nodes along", () => {
  const drive = jobOf();
  drive.want(0, 1);
  for (const attempt of [1, 2]) {
    silent(drive, attempt, `n${attempt}`);
    if (attempt === 1) again(drive, 2);
  }
  const failure = { code: "RTL_NO_TASKNODE", message: "no tasknode is running" } as const;
  const lines = drive.hear({ type: "stage-unplaceable", stage: 0 as never, failure });
  assert.deepEqual(lines[0], "bury 0/0/2 poison after 2");
});

/** The node has no room for what came of the piece. */
function short(drive: Drive, attempt: number): readonly string[] {
  const failure = { code: "RTL_LIMIT_EXCEEDED", message: "no room", fix: "make some" } as const;
  const work = drive.work(0, 0, attempt);
  const node = "n1" as NodeId;
  return drive.hear({ type: "work-failed", work, node, failure, retry: false });
}

test("work that nodes have no room for waits longer each time, beyond its attempts, and then says so", () => {
  const drive = jobOf(2, 10);
  drive.want(0, 1);
  for (let attempt = 1; attempt < 8; attempt++) {
    assert.deepEqual(short(drive, attempt), []);
    // The pause is 200 ms doubled each time, give or take a quarter.
    drive.pass(0.7 * 200 * 2 ** (attempt - 1));
    assert.deepEqual(drive.want(0, 1), [], "too soon");
    drive.pass(0.6 * 200 * 2 ** (attempt - 1));
    assert.deepEqual(drive.want(0, 1), [`assign 0/0/${attempt + 1} [0, 10)`]);
  }
  const end = ["bury 0/0/8 exhausted after 8", "revoke after 2000", "settle failed"];
  assert.deepEqual(short(drive, 8), end);
  assert.ok(drive.state.phase === "settled" && drive.state.outcome.state === "failed");
  const { code, message, fix } = drive.state.outcome.failure;
  assert.equal(code, "RTL_LIMIT_EXCEEDED");
  assert.equal(message, 'stage "s", chunk 0, tried 8 times: no room');
  assert.equal(fix, "make some");
});
