/** The oracles of a simulated run: each says in words what went wrong. */
import assert from "node:assert/strict";
import { flowLimits } from "../../src/flow/state.ts";
import { begin, step } from "../../src/flow/step.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { simulate, type Trace } from "./simulate.ts";

/** Runs a seed and throws, with the command that replays it, if anything is wrong. */
export function checkSeed(seed: number): Trace {
  try {
    const scenario = scenarioOf(seed);
    const trace = simulate(scenario);
    checkOutcome(scenario, trace);
    checkReplay(scenario, trace);
    return trace;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const replay = `node dist/test/sim/main.js --seed ${seed}`;
    throw new Error(`seed ${seed}: ${reason}\n  replay it with: ${replay}`, { cause });
  }
}

function checkOutcome(scenario: Scenario, { outcome, result, expected }: Trace): void {
  switch (outcome.state) {
    case "completed":
      assert.equal(scenario.faultyStage, undefined, "a job with a faulty task cannot complete");
      assert.deepEqual(result, expected, "the result is not what the tasks alone make");
      return;
    case "failed":
      assert.notEqual(scenario.faultyStage, undefined, outcome.failure.message);
      assert.equal(outcome.failure.code, "RTL_COLUMN_UNKNOWN", outcome.failure.message);
      assert.notEqual(outcome.failure.at?.stage, undefined, "a failure says where");
      return;
    case "cancelled":
      assert.notEqual(scenario.cancelAtMs, undefined, "nobody cancelled it");
  }
}

/** The same events give the same commands. */
function checkReplay({ windowMax }: Scenario, { plan, begunAt, steps }: Trace): void {
  let [state] = begin(plan, begunAt);
  for (const { event, commands } of steps) {
    const [next, again] = step(state, event, { ...flowLimits, windowMax });
    assert.deepEqual(again, commands, "a replay gives other commands");
    state = next;
  }
}
