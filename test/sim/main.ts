/**
 * The simulator by hand: `--seeds N [--from K]` runs many seeds, `--seed X` one, with what it was,
 * and `--scale` measures the scheduler alone on a large job. As a part of the chaos suite it reports
 * what it did to its jobs.
 */
import { parseArgs } from "node:util";
import { type Counts, report } from "../chaos/report.ts";
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
  const counts = { lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 };
  const faults: string[] = [];
  let chunks = 0;
  for (let seed = from; seed < from + count; seed++) {
    try {
      const { outcome, stats, steps } = checkSeed(seed);
      outcomes[outcome.state] = (outcomes[outcome.state] ?? 0) + 1;
      total.events += stats.events;
      total.crashes += stats.crashes;
      total.takeovers += stats.takeovers;
      total.virtualMs += stats.virtualMs;
      for (const { commands } of steps) {
        chunks += commands.filter(({ type }) => type === "commit-output").length;
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      counts[kindOf(message)]++;
      faults.push(message);
    }
  }
  console.log(`seeds ${from} to ${from + count - 1}`, outcomes, total);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  const injected = total.crashes + total.takeovers;
  const fault = "simulator: node or relay lost";
  tell({ fault, simulated: true, injected, jobs: count, chunks, ...counts });
}

/** Which of the things that must never happen an oracle complained of. */
function kindOf(message: string): keyof Counts {
  if (/stuck|nothing happens/.test(message)) return "stuck";
  if (/settles once|twice/.test(message)) return "doubled";
  return /nobody cancelled|after settling/.test(message) ? "phantom" : "wrong";
}

/** The faults of each seed have been shown already. */
function tell(given: Parameters<typeof report>[0]): void {
  try {
    report(given);
  } catch {
    process.exitCode = 1;
  }
}
