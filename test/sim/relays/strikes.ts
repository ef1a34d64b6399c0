/** Strikes: which job, and what befalls its relays. Every one of them, or one of a seed, or one by hand. */
import { SimulatedFault } from "../fault.ts";
import { Random } from "../random.ts";
import type { Blow } from "./connection.ts";
import { type Fate, run, type Story } from "./run.ts";
import { type SetupName, setupNames, setups } from "./setups.ts";
import { faultsOf } from "./verdict.ts";

export interface Strike extends Fate {
  readonly setup: SetupName;
}

/** Longer than a relay may be silent before its jobs are another's. */
const pauseMs = 2_500;

/** Runs it and throws, with the command that replays it, if anything is wrong. */
export async function checkStrike(strike: Strike): Promise<Story> {
  const story = await run(setups[strike.setup], strike);
  const faults = faultsOf(story);
  const [worst] = faults;
  if (worst === undefined) return story;
  const first = story.fate.blows[0]?.at ?? 0;
  const replay = `node dist/test/sim/main.js --strike '${JSON.stringify(strike)}'`;
  const said = faults.map(({ kind, message }) => `${kind}: ${message}`);
  const lines = [`at "${story.effects[first - 1]}"`, ...said, `replay it with: ${replay}`];
  throw new SimulatedFault(worst.kind, lines.join("\n  "));
}

const isBeat = (effect: string): boolean => effect.includes(".beat");

/** The effects of a relay on a job that nothing befalls, by their numbers; its beats are none. */
async function effectsOf(setup: SetupName, seed: number): Promise<readonly number[]> {
  const { effects } = await checkStrike({ setup, blows: [], seed });
  return effects.flatMap((effect, index) => (isBeat(effect) ? [] : [index + 1]));
}

/** The relay of each job dies, or stands still, at each of its effects. */
export async function* everyStrike(hows: readonly Blow["how"][], seed = 1): AsyncGenerator<Strike> {
  for (const setup of setupNames) {
    for (const at of await effectsOf(setup, seed)) {
      for (const how of hows) yield { setup, blows: [{ at, how, pauseMs }], seed };
    }
  }
}

/** Two relays, one after the other, and perhaps a node as well. */
export function randomStrike(seed: number): Strike {
  const random = new Random(seed);
  const how = () => random.oneOf(["before", "after", "pause"] as const);
  const blow = (most: number) => ({ at: random.whole(1, most), how: how(), pauseMs });
  const setup = random.oneOf(setupNames);
  // A second blow that is far off leaves two relays that are after the jobs of one.
  const second = random.oneOf([[], [blow(30)], [blow(30)], [{ at: 10_000, how: how() }]]);
  const blows = [blow(40), ...second];
  // A result at rest is lost with its node, once the job is over.
  const nodeDies = setup !== "atRest" && random.chance(0.4);
  return { setup, blows, seed, ...(nodeDies && { nodeDiesAtMs: random.whole(10, 2_000) }) };
}
