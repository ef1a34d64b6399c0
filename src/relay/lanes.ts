/**
 * Gives clients leave to hand short ephemeral jobs to free slots themselves: a lane. It is granted for
 * one document that comes to one piece of work, whose time has been measured, and for a moment only, so
 * that a lane never lasts longer than somebody else's work may be made to wait. Nothing of a lane is
 * remembered here.
 */
import { cut, rowsMin } from "../flow/chunk.ts";
import type { Plan, Stage } from "../flow/plan.ts";
import type { Clock } from "../host/clock.ts";
import type { LaneAsk, LaneTerms } from "../protocol/lane-messages.ts";
import { clocks } from "../protocol/limits.ts";
import type { Catalog } from "./catalog.ts";
import type { Dealer } from "./dealer.ts";
import { accept } from "./intake.ts";
import type { JobSettings } from "./jobs.ts";

/** Longer work is worth a relay: its cancelling, its leases and its place in the queue count. */
const meanMsMax = 10;

export interface LanePorts {
  readonly catalog: Catalog;
  readonly dealer: Pick<Dealer, "meanOf" | "makesOthersWait" | "poolsFor">;
  readonly settings: JobSettings;
  readonly clock: Clock;
}

export type LaneAnswer = { readonly lane: LaneTerms } | { readonly why: string };

const no = (why: string): LaneAnswer => ({ why });

/** Throws what submitting the document throws. */
export function laneFor(ask: LaneAsk, ports: LanePorts): LaneAnswer {
  const { dealer } = ports;
  const planned = singlePlan(ask, ports);
  if (planned === undefined) return no("the document comes to more than one piece of work");
  const { plan, stage, rowsMax } = planned;
  const { runMs, where, cache, name } = stage;
  if (where?.node !== undefined) return no("the document names a node");
  if (cache) return no("the output is to be cached");
  if (plan.deadlineAt !== undefined || stage.deadlineAt !== undefined)
    return no("it has a deadline");
  const pool = dealer.poolsFor(stage).find(({ encoding }) => encoding === "msgpack");
  if (pool === undefined) return no("no node that speaks msgpack offers its tasks");
  const meanMs = dealer.meanOf(stage);
  if (meanMs === undefined) return no("what it takes has not been measured yet");
  if (meanMs > meanMsMax) return no(`it takes ${meanMs.toFixed(1)} ms, more than ${meanMsMax} ms`);
  if (dealer.makesOthersWait(ask.client)) return no("others wait for slots");
  const calls = stage.calls.map(({ task, params, origin }) => {
    return { task, params, stage: plan.origins[origin] ?? name };
  });
  const { pool: poolName, slots } = pool;
  return {
    lane: { pool: poolName, slots, name, calls, runMs, rowsMax, meanMs, forMs: clocks.laneMs },
  };
}

interface SinglePlan {
  readonly plan: Plan;
  readonly stage: Stage;
  readonly rowsMax: number;
}

/** The plan where it is one piece of work, for as large an input as may be. */
function singlePlan(ask: LaneAsk, { catalog, settings, clock }: LanePorts): SinglePlan | undefined {
  for (const rows of [2 * rowsMin - 1, 1]) {
    const input = { rows, bytes: 0, inline: new Uint8Array(0) };
    const submit = { v: 1, id: "lane", mode: "ephemeral", client: ask.client, input } as const;
    const { plan } = accept(submit, ask.spec, catalog, settings, clock.now());
    const [stage, more] = plan.stages;
    if (stage !== undefined && more === undefined && isOnePiece(stage, rows, plan.slots)) {
      return { plan, stage, rowsMax: rows };
    }
  }
  return undefined;
}

function isOnePiece({ shape, inputs, calls, split }: Stage, rows: number, slots: number): boolean {
  const [input, another] = inputs;
  if (shape === "source" || another !== undefined || input?.from !== "input") return false;
  if (calls.some(({ part }) => part !== "run")) return false;
  if (input.by === "whole") return true;
  return (
    input.by === "rows" && cut(rows, { split, unit: "rows", unitsMin: rowsMin, slots }).count === 1
  );
}
