/**
 * The simulator by hand. `--seeds N [--from K]` runs the core on many seeds, on all processors; `--seed X`
 * on one, and tells what it was; `--strikes N` kills real relays at every one of their effects, and N times
 * at random; `--strike JSON` does one of these again; `--scale` measures the core alone on a large job.
 * With `--report FILE` what was seen is added to the report of the chaos suite.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
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
} else if (values.strikes !== undefined) {
  const tally = await onAllProcessors("strikes", from, Number(values.strikes));
  tell(tally, "relays that die or stand still at each of their effects");
} else {
  const tally = await onAllProcessors("seeds", from, Number(values.seeds ?? 1_000));
  tell(tally, "loss, doubling, delay, cuts, pauses, crashes, takeovers, clock jumps");
}

function tell(tally: Tally, what: string): void {
  const { faults, counts, ...rest } = tally;
  console.log(rest);
  console.log(counts);
  for (const fault of faults) console.error(fault);
  const file = values.report ?? process.env["RTL_CHAOS_REPORT"];
  if (file !== undefined) {
    appendFileSync(file, `${JSON.stringify(reportOf(tally, what))}\n`);
  }
  if (faults.length > 0) process.exitCode = 1;
}
