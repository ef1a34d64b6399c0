/** The oracles of a simulated run: each says in words what went wrong, and of which kind it is. */
import { isDeepStrictEqual } from "node:util";
import { flowLimits } from "../../src/flow/state.ts";
import { begin, step } from "../../src/flow/step.ts";
import { type FaultKind, must, SimulatedFault } from "./fault.ts";
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
    // A rule of the core that is broken has led to nothing yet, but what it says is wrong.
    const kind: FaultKind = cause instanceof SimulatedFault ? cause.kind : "wrong";
    throw new SimulatedFault(kind, `seed ${seed}: ${reason}\n  replay it with: ${replay}`, cause);
  }
}

function checkOutcome(scenario: Scenario, { outcome, result, expected }: Trace): void {
  switch (outcome.state) {
    case "completed": {
      const { faultyStage } = scenario;
      must(faultyStage === undefined, "phantom", "a job with a faulty task cannot complete");
      const isWhole = result.length === expected.length;
      must(isWhole, "lost", `${result.length} rows came of ${expected.length}`);
      const isRight = isDeepStrictEqual(result, expected);
      must(isRight, "wrong", "the result is not what the tasks alone make");
      return;
    }
    case "failed": {
      const { code, message, at } = outcome.failure;
      must(scenario.faultyStage !== undefined, "lost", message);
      must(code === "RTL_COLUMN_UNKNOWN", "wrong", message);
      must(at?.stage !== undefined, "wrong", "a failure says where");
      must(result.length === 0, "phantom", "a failed job has a result");
      return;
    }
    case "cancelled":
      must(scenario.cancelAtMs !== undefined, "wrong", "nobody cancelled it");
      must(result.length === 0, "phantom", "a cancelled job has a result");
  }
}

/** The same events give the same commands. */
function checkReplay({ windowMax }: Scenario, { plan, begunAt, steps }: Trace): void {
  let [state] = begin(plan, begunAt);
  for (const { event, commands } of steps) {
    const [next, again] = step(state, event, {
      ...flowLimits,
      windowMax,
      windowPerSlot: 0,
      lossesMax: 1_000,
    });
    must(isDeepStrictEqual(again, commands), "wrong", "a replay gives other commands");
    state = next;
  }
}
