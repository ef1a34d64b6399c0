/** How far a stage may be ahead of the stage that reads it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeId } from "../../../src/protocol/ids.ts";
import { planned, spec, stage } from "./catalog.ts";
import { Drive } from "./drive.ts";

/** Three chunks through two stages on different nodes. */
const pair = (windowMax = 100, windowPerSlot = 0) =>
  new Drive(
    planned(spec(stage(["s", [], "only1", "only2"], { split: { rows: 10 } })), { inputRows: 30 }),
    { windowMax, windowPerSlot },
  );

test("a stage waits for the one behind it when it is too far ahead", () => {
  const drive = pair(1);
  assert.deepEqual(drive.want(0, 3), ["assign 0/0/1 [0, 10)"]);
  drive.finish(drive.work(0, 0));
  assert.equal(drive.ready(0), 0);
  drive.want(1);
  drive.finish(drive.work(1, 0));
  assert.equal(drive.ready(0), 1);
});

test("the larger its chunks are, the fewer a stage may be ahead, but never less than two a slot", () => {
  const many = spec(stage(["s", [], "only1", "only2"], { split: { rows: 10 } }));
  const ahead = (bytes: number | undefined) => {
    const drive = new Drive(planned(many, { inputRows: 1_000, slots: 2 }), { windowBytes: 1_000 });
    drive.want(0, 1);
    const work = drive.work(0, 0);
    const node = "n1" as NodeId;
    const size = bytes === undefined ? {} : { bytes };
    drive.hear({ type: "work-finished", work, node, rows: 1, ...size });
    return 1 + drive.want(0, 100).length;
  };
  assert.equal(ahead(undefined), 100, "nobody knows");
  assert.equal(ahead(0), 100);
  assert.equal(ahead(20), 50);
  assert.equal(ahead(200), 5);
  assert.equal(ahead(1e9), 4);
});

test("a job for many slots has a wider window", () => {
  const drive = pair(1, 2);
  // As planned, for four slots: eight chunks, of which there are three.
  assert.equal(drive.want(0, 3).length, 3);
});
