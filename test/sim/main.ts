/**
 * The simulator by hand. `--seeds N [--from K]` runs the core on many seeds, on all processors; `--seed X`
 * on one, and tells what it was; `--strikes N` kills real relays at every one of their effects, and N times
 * at random; `--strike JSON` does one of these again; `--scale` measures the core alone on a large job.
 * What was seen is added to the report of the chaos suite, if it runs, and to `--report FILE`.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { report } from "../chaos/report.ts";
import { checkSeed } from "./check.ts";
import { checkStrike, type Strike } from "./relays/strikes.ts";
import { measureScale } from "./scale.ts";
import { scenarioOf } from "./scenario.ts";
import { reportOf, type Tally } from "./tally.ts";
import { onAllProcessors } from "./workers.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    strikes: { type: "string" },
    strike: { type: "string" },
    scale: { type: "boolean", default: false },
    report: { type: "string" },
  },
});
const from = Number(values.from);

if (values.scale) {
  console.log(measureScale({ nodes: 1_000, chunks: 1_000_000, inFlight: 2_000 }));
} else if (values.seed !== undefined) {
  const seed = Number(values.seed);
  console.log(JSON.stringify(scenarioOf(seed), undefined, 2));
  const { outcome, stats, injected, plan } = checkSeed(seed);
  console.log({ outcome, stats, injected, stages: plan.stages.length });
} else if (values.strike !== undefined) {
  const asked: unknown = JSON.parse(values.strike);
  const { heard, record } = await checkStrike(asked as Strike);
  console.log(heard.join("\n"), record?.state);
} else {
  const { seeds, strikes } = values;
  if (seeds !== undefined || strikes === undefined) {
    const tally = await onAllProcessors("seeds", from, Number(seeds ?? 1_000));
    tell(tally, "messages, nodes, relays, clocks");
  }
  if (strikes !== undefined) {
    const tally = await onAllProcessors("strikes", from, Number(strikes));
    tell(tally, "relays at each of their effects");
  }
}

function tell(tally: Tally, what: string): void {
  const { faults, counts, ...rest } = tally;
  console.log(rest);
  console.log(counts);
  for (const fault of faults) console.error(fault);
  const seen = reportOf(tally, what);
  if (values.report !== undefined) appendFileSync(values.report, `${JSON.stringify(seen)}\n`);
  try {
    report(seen);
  } catch {
    // The faults of each run have been shown already.
    process.exitCode = 1;
  }
}
