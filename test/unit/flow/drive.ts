/** Drives a job by hand: events without their time, commands as short lines. */
import assert from "node:assert/strict";
import type { JobCommand } from "../../../src/flow/command.ts";
import type { Extent, JobEvent } from "../../../src/flow/event.ts";
import { checkInvariants, checkWindow } from "../../../src/flow/invariants.ts";
import type { Plan } from "../../../src/flow/plan.ts";
import { readyCount, readyStages } from "../../../src/flow/ready.ts";
import { type FlowLimits, flowLimits, type JobState } from "../../../src/flow/state.ts";
import { begin, step } from "../../../src/flow/step.ts";
import type { ErrorCode } from "../../../src/protocol/errors.ts";
import type { ChunkIndex, Millis, NodeId, StageIndex, Work } from "../../../src/protocol/ids.ts";

export type Said = JobEvent extends infer E ? (E extends JobEvent ? Omit<E, "at"> : never) : never;

export class Drive {
  state: JobState;
  at = 1_000;
  readonly plan: Plan;
  readonly #limits: FlowLimits;

  constructor(plan: Plan, limits: Partial<FlowLimits> = {}) {
    this.plan = plan;
    this.#limits = { ...flowLimits, windowPerSlot: 0, ...limits };
    [this.state] = begin(plan, this.at as Millis);
    checkInvariants(this.state);
  }

  /** One event; its commands as lines, progress left out. */
  hear(said: Said): readonly string[] {
    const before = this.state;
    const copy = JSON.stringify(before);
    const [state, commands] = step(before, { ...said, at: this.at } as JobEvent, this.#limits);
    assert.equal(JSON.stringify(before), copy, "a step leaves the state before it as it was");
    checkInvariants(state);
    checkWindow(state, commands, this.#limits);
    this.state = state;
    return commands.flatMap(line);
  }

  work = (stage: number, chunk: number, attempt = 1): Work => ({
    job: this.plan.job,
    stage: stage as StageIndex,
    chunk: chunk as ChunkIndex,
    attempt,
  });

  want(stage: number, count = 1): readonly string[] {
    return this.hear({ type: "work-wanted", stage: stage as StageIndex, count });
  }

  finish(work: Work, rows = 1, extent?: Extent): readonly string[] {
    const node = "n1" as NodeId;
    return this.hear({ type: "work-finished", work, node, rows, ...(extent && { extent }) });
  }

  fail(work: Work, code: ErrorCode, retry = false): readonly string[] {
    const node = "n1" as NodeId;
    return this.hear({ type: "work-failed", work, node, failure: { code, message: "oh" }, retry });
  }

  renew(work: Work, node = "n1"): readonly string[] {
    return this.hear({ type: "work-renewed", work, node: node as NodeId });
  }

  lose(stage: number, chunk: number): readonly string[] {
    const place = { stage: stage as StageIndex, chunk: chunk as ChunkIndex };
    return this.hear({ type: "block-lost", ...place });
  }

  cancel(graceMs: number): readonly string[] {
    const grace = graceMs as Millis;
    return this.hear({ type: "cancel-requested", by: "ann", reason: "enough", graceMs: grace });
  }

  /** Lets time pass as a shell does: with a tick at least every beat. */
  pass(ms: number): readonly string[] {
    const lines: string[] = [];
    for (let left = ms; left > 0; left -= 500) {
      this.at += Math.min(left, 500);
      lines.push(...this.hear({ type: "clock-ticked" }));
    }
    return lines;
  }

  ready(stage: number, max?: number): number {
    return readyCount(this.state, stage as StageIndex, this.at as Millis, max, this.#limits);
  }

  readyStages(): readonly number[] {
    return readyStages(this.state, this.at as Millis, this.#limits);
  }
}

function line(command: JobCommand): readonly string[] {
  switch (command.type) {
    case "publish-progress":
      return [];
    case "assign-work": {
      const { work, range, measure } = command;
      const rows = range === undefined ? "" : ` [${range.start}, ${range.end})`;
      return [`assign ${name(work)}${rows}${measure ? " measure" : ""}`];
    }
    case "commit-output":
      return [`commit ${name(command.work)}`];
    case "discard-output":
      return [`discard ${name(command.work)}`];
    case "bury-work":
      return [`bury ${name(command.work)} ${command.reason} after ${command.attempts.length}`];
    case "revoke-work":
      return [`revoke after ${command.graceMs}`];
    case "release-outputs":
      return [`release ${command.stage}/${command.chunk ?? "all"}`];
    case "settle-job":
      return [`settle ${command.outcome.state}`];
  }
}

const name = ({ stage, chunk, attempt }: Work): string => `${stage}/${chunk}/${attempt}`;
