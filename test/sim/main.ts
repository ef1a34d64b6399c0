/**
 * The simulator by hand: `--seeds N [--from K]` runs many seeds, `--seed X` one, with what it was,
 * and `--scale` measures the scheduler alone on a large job.
 */
import { parseArgs } from "node:util";
import { checkSeed } from "./check.ts";
import { measureScale } from "./scale.ts";
import { scenarioOf } from "./scenario.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    scale: { type: "boolean", default: false },
  },
});

if (values.scale) {
  console.log(measureScale({ nodes: 1_000, chunks: 1_000_000, inFlight: 2_000 }));
} else if (values.seed !== undefined) {
  const seed = Number(values.seed);
  console.log(JSON.stringify(scenarioOf(seed), undefined, 2));
  const { outcome, stats, plan } = checkSeed(seed);
  console.log({ outcome, stats, stages: plan.stages.length });
} else {
  runMany(Number(values.from), Number(values.seeds));
}

function runMany(from: number, count: number): void {
  const outcomes: Record<string, number> = {};
  const total = { events: 0, crashes: 0, takeovers: 0, virtualMs: 0 };
  const faults: string[] = [];
  for (let seed = from; seed < from + count; seed++) {
    try {
      const { outcome, stats } = checkSeed(seed);
      outcomes[outcome.state] = (outcomes[outcome.state] ?? 0) + 1;
      total.events += stats.events;
      total.crashes += stats.crashes;
      total.takeovers += stats.takeovers;
      total.virtualMs += stats.virtualMs;
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  console.log(`seeds ${from} to ${from + count - 1}`, outcomes, total);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
