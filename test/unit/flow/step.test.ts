import assert from "node:assert/strict";
import { test } from "node:test";
import { checkInvariants } from "../../../src/flow/invariants.ts";
import { readyStages } from "../../../src/flow/ready.ts";
import { begin, step } from "../../../src/flow/step.ts";
import type { Millis, NodeId, Work } from "../../../src/protocol/ids.ts";
import { planned, spec } from "./catalog.ts";

test("a job with a source, a fold and a gather runs to its end without faults", () => {
  const at = 1_000 as Millis;
  const plan = planned(spec(["load", [], "open", "normalize", "add"], ["end", ["load"], "sort"]));
  let [state] = begin(plan, at);
  const log: string[] = [];
  const waiting: Work[] = [];
  while (state.phase !== "settled") {
    checkInvariants(state);
    for (const stage of readyStages(state, at)) {
      const [next, commands] = step(state, { type: "work-wanted", at, stage, count: 2 });
      state = next;
      for (const command of commands) {
        if (command.type === "assign-work") waiting.push(command.work);
      }
    }
    const work = waiting.pop();
    assert(work !== undefined, "the job is stuck");
    const extent = { units: 4_000_000, unit: "bytes", unitsMin: 256 * 1024 } as const;
    const node = "n1" as NodeId;
    const [next, commands] = step(state, {
      type: "work-finished",
      at,
      work,
      node,
      rows: 10,
      ...(work.chunk === -1 && { extent }),
    });
    state = next;
    for (const command of commands) {
      if (command.type === "publish-progress") continue;
      const chunk = "work" in command ? `${command.work.stage}/${command.work.chunk}` : "";
      log.push(`${command.type} ${chunk}`);
    }
  }
  checkInvariants(state);
  assert.equal(state.outcome.state, "completed");
  assert.equal(log.filter((line) => line.startsWith("commit-output")).length, 12 + 1 + 12 + 1);
  assert.equal(log.at(-1), "settle-job ");
});
