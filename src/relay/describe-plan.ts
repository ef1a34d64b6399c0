/** Answers what a document would come to: the plan as it would be made now, and who could run it. */
import { cut, rowsMin } from "../flow/chunk.ts";
import type { Plan, Stage } from "../flow/plan.ts";
import type { Clock } from "../host/clock.ts";
import type { PlanAsk, PlannedStage, PlanReply } from "../protocol/plan-messages.ts";
import type { Catalog, PoolState } from "./catalog.ts";
import { accept } from "./intake.ts";
import type { JobSettings } from "./jobs.ts";

export interface DescribePorts {
  readonly catalog: Catalog;
  readonly poolsFor: (stage: Stage) => readonly PoolState[];
  readonly settings: JobSettings;
  readonly clock: Clock;
}

/** Throws what submitting the document throws. */
export function describePlan({ spec, inputRows }: PlanAsk, ports: DescribePorts): PlanReply {
  const { catalog, settings, clock } = ports;
  const input = { rows: inputRows, bytes: 0, inline: new Uint8Array(0) };
  const submit = { v: 1, id: "plan", mode: "ephemeral", client: "plan", input } as const;
  const { plan } = accept(submit, spec, catalog, settings, clock.now());
  return { stages: plan.stages.map((stage) => describe(stage, plan, ports)), slots: plan.slots };
}

function describe(stage: Stage, plan: Plan, { catalog, poolsFor }: DescribePorts): PlannedStage {
  const nameOf = (index: Stage["index"]) => plan.stages[index]?.name ?? String(index);
  const pools = poolsFor(stage);
  const names = new Set<string>(pools.map(({ pool }) => pool));
  const chunks = chunksOf(stage, plan);
  return {
    name: stage.name,
    shape: stage.shape,
    calls: stage.calls.map(({ task, part, origin }) => {
      return { task, part, stage: plan.origins[origin] ?? stage.name };
    }),
    reads: stage.inputs.map(({ from, by }) => {
      return { from: from === "input" ? "input" : nameOf(from), by };
    }),
    ...(chunks !== undefined && { chunks }),
    nodes: catalog.nodes.filter(({ pool }) => names.has(pool)).map(({ node }) => node),
    slots: pools.reduce((sum, { slots }) => sum + slots, 0),
  };
}

/** How many chunks it is cut into, where that hangs on nothing that is found out while it runs. */
function chunksOf({ shape, inputs, split }: Stage, plan: Plan): number | undefined {
  if (shape === "gather") return 1;
  const [input, another] = inputs;
  if (shape === "source" || another !== undefined || input?.from !== "input") return undefined;
  const { inputRows, slots } = plan;
  return cut(inputRows, { split, unit: "rows", unitsMin: rowsMin, slots }).count;
}
