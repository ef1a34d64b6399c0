import assert from "node:assert/strict";
import { test } from "node:test";
import { checkInvariants, checkWindow } from "../../../src/flow/invariants.ts";
import { BrokenRule, flowLimits, type JobState, type StageState } from "../../../src/flow/state.ts";
import { planned, spec, stage } from "./catalog.ts";
import { Drive } from "./drive.ts";

function underWay(): Drive {
  const document = spec(stage(["s", [], "add"], { split: { rows: 10 } }));
  const drive = new Drive(planned(document, { inputRows: 30 }));
  drive.want(0, 2);
  drive.finish(drive.work(0, 0));
  return drive;
}

function check(changes: Partial<StageState>, message: RegExp): void {
  const { state } = underWay();
  const [only] = state.stages;
  assert.ok(only);
  const broken = { ...state, stages: [{ ...only, ...changes }] } as JobState;
  const isRight = (error: unknown) => error instanceof BrokenRule && message.test(error.message);
  assert.throws(() => checkInvariants(broken), isRight);
}

test("a sound state breaks no rule", () => checkInvariants(underWay().state));

test("a chunk is in one place only", () => {
  check({ ready: [0, 1] }, /ready, and done already/);
  check({ ready: [1, 3] }, /chunk 1 is under way, and ready/);
});

test("counts are what they count", () => {
  check({ doneCount: 2 }, /2 is not how many are done/);
  check({ done: [0, 1, 7, 8], doneCount: 2 }, /a chunk is done that is none/);
  check({ ready: [2, 9] }, /what is ready is no chunk/);
});

test("nothing of the result is gone, and nothing is gone that never was", () => {
  check({ gone: [0, 1] }, /a part of the result is gone/);
  check({ gone: [2, 3] }, /gone, and never done/);
});

test("the error tells the job's story", () => {
  check({ doneCount: 2 }, /work-wanted.*\n.*work-finished/s);
});

test("a job is settled if, and only if, all of it is done", () => {
  const { state } = underWay();
  const done = { ...state, phase: "settled", outcome: { state: "completed" } } as JobState;
  assert.throws(() => checkInvariants(done), /it is completed, but 1 stages are not/);
  assert.throws(() => checkInvariants({ ...state, stagesLeft: 0 }), /1 stages are left, not 0/);
});

test("no work is handed out beyond the window of its stage", () => {
  const chain = spec(stage(["s", [], "only1", "only2"], { split: { rows: 10 } }));
  const drive = new Drive(planned(chain, { inputRows: 30 }));
  drive.want(0, 2);
  const commands = [
    { type: "assign-work", work: drive.work(0, 1), range: undefined, measure: false, apart: false },
  ] as const;
  const limits = { ...flowLimits, windowPerSlot: 0 };
  checkWindow(drive.state, commands, { ...limits, windowMax: 2 });
  const isRight = (error: unknown) =>
    error instanceof BrokenRule && /stage 0: 2 chunks ahead/.test(error.message);
  assert.throws(() => checkWindow(drive.state, commands, { ...limits, windowMax: 1 }), isRight);
});
