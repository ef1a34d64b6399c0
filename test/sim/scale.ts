/** The scheduler alone: one large job, no tables, no messages; how long does an event take? */

import type { JobEvent } from "../../src/flow/event.ts";
import { type Plan, plan } from "../../src/flow/plan.ts";
import { readyStages } from "../../src/flow/ready.ts";
import { begin, step } from "../../src/flow/step.ts";
import type { JobId, Millis, NodeId, Work } from "../../src/protocol/ids.ts";
import { Random } from "./random.ts";
import { catalog } from "./tasks.ts";

export interface Scale {
  readonly nodes: number;
  readonly chunks: number;
  readonly inFlight: number;
}

export interface Measured {
  readonly events: number;
  /** Of processor time: a busy machine does not make the scheduler slower. */
  readonly microsPerEvent: number;
  readonly heapMiB: number;
}

/** A source and a stage behind it on other nodes, finished in random order out of the window. */
export function measureScale({ nodes, chunks, inFlight }: Scale): Measured {
  const random = new Random(1);
  const made = largePlan(chunks);
  let at = 0 as Millis;
  let [state] = begin(made, at);
  let events = 0;
  const underWay: Work[] = [];
  const started = process.cpuUsage();
  const hear = (event: JobEvent) => {
    const [next, commands] = step(state, event);
    state = next;
    events++;
    for (const command of commands) {
      if (command.type === "assign-work") underWay.push(command.work);
    }
  };
  while (state.phase !== "settled") {
    for (const stage of readyStages(state, at)) {
      const count = Math.min(16, inFlight - underWay.length);
      if (count > 0) hear({ type: "work-wanted", at, stage, count });
    }
    const place = random.whole(0, underWay.length - 1);
    const work = underWay[place];
    const last = underWay.pop();
    if (work === undefined || last === undefined) throw new Error("the job is stuck");
    if (last !== work) underWay[place] = last;
    const node = `n${random.whole(0, nodes - 1)}` as NodeId;
    const extent = { units: chunks, unit: "rows", unitsMin: 1 } as const;
    hear({ type: "work-finished", at, work, node, rows: 1, ...(work.chunk < 0 && { extent }) });
    if (events % 20_000 === 0) {
      at = (at + 500) as Millis;
      hear({ type: "clock-ticked", at });
    }
  }
  const { user, system } = process.cpuUsage(started);
  const micros = user + system;
  const heapMiB = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
  return { events, microsPerEvent: Math.round((micros / events) * 100) / 100, heapMiB };
}

function largePlan(chunks: number): Plan {
  const defaults = {
    attempts: 3,
    backoffMs: 200 as Millis,
    runMs: 0 as Millis,
    waitMs: 0 as Millis,
  };
  const planned = plan(
    "large" as JobId,
    {
      version: 1,
      stages: [
        {
          name: "load",
          needs: [],
          split: { chunks },
          tasks: [
            { task: "count", params: {} },
            { task: "drop", params: {} },
            { task: "twice", params: {} },
          ],
        },
      ],
    },
    catalog,
    { at: 0 as Millis, inputRows: 1, slots: 2_000, leaseMs: 10_000_000 as Millis, defaults },
  );
  if ("problems" in planned) throw new Error(JSON.stringify(planned.problems));
  return planned.plan;
}
