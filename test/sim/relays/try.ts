/** Tries things out. */
import { run } from "./run.ts";
import { setups } from "./setups.ts";
import { faultsOf } from "./verdict.ts";

const [, , only, how = "after", point] = process.argv;
let runs = 0;
for (const [name, setup] of Object.entries(setups)) {
  if (only !== undefined && only !== "all" && only !== name) continue;
  const cpu = process.cpuUsage();
  const calm = await run(setup, undefined);
  const beat = calm.effects.findIndex((effect) => effect.includes("relay.relay-1.beat"));
  const last = calm.effects.findLastIndex((effect) => !effect.includes("relay.relay-1.beat")) + 1;
  for (let at = 1; at <= last; at++) {
    if (point !== undefined && Number(point) !== at) continue;
    runs++;
    const story = await run(setup, { at, how: how as "before", pauseMs: 2500 });
    const faults = faultsOf(story, how === "pause");
    if (faults.length > 0) console.log(name, how, at, calm.effects[at - 1], faults);
    if (point) console.log(story.heard.filter((h) => !/beat|discover/.test(h)).join("\n"), story.ends, story.record);
  }
  const { user } = process.cpuUsage(cpu);
  console.log(name, user / 1000, "ms", last, beat, calm.executions.length);
}
console.log(runs);
