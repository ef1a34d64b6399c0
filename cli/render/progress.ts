/** How far a job is, gathered from its events and shown in one line. */
import type { JobWireEvent } from "../../src/protocol/messages.ts";
import { spanText } from "./units.ts";

interface StageView {
  readonly done: number;
  readonly total: number | undefined;
  readonly finished: boolean;
}

/** What the line shows of a job. */
export interface JobView {
  readonly state: string;
  readonly stages: ReadonlyMap<string, StageView>;
}

export const newJobView: JobView = { state: "queued", stages: new Map() };

/** The view after one more event. */
export function viewAfter(view: JobView, event: JobWireEvent): JobView {
  const stages = new Map(view.stages);
  const waiting = { done: 0, total: undefined, finished: false };
  switch (event.type) {
    case "job.accepted":
      for (const stage of event.stages) stages.set(stage, stages.get(stage) ?? waiting);
      return { ...view, stages };
    case "stage.started":
      stages.set(event.stage, stages.get(event.stage) ?? waiting);
      return { state: "running", stages };
    case "job.progress":
      for (const { stage, done, total } of event.stages) {
        const finished = stages.get(stage)?.finished ?? false;
        stages.set(stage, { done, total, finished });
      }
      return { state: view.state === "queued" ? "running" : view.state, stages };
    case "stage.completed": {
      const { stage, chunks } = event.report;
      stages.set(stage, { done: chunks, total: chunks, finished: true });
      return { ...view, stages };
    }
    case "job.cancelling":
      return { ...view, state: "cancelling" };
    case "job.done":
      return { ...view, state: event.state };
  }
}

/** `running 4.2 s  load 12/64  keep 3/64  mean -`, cut to the columns there are. */
export function progressLine(view: JobView, elapsedMs: number, columns = Infinity): string {
  const stages = Array.from(view.stages, ([name, stage]) => `${name} ${stageText(stage)}`);
  const line = [`${view.state} ${spanText(elapsedMs)}`, ...stages].join("  ");
  return line.length < columns ? line : `${line.slice(0, Math.max(1, columns - 2))}…`;
}

function stageText({ done, total, finished }: StageView): string {
  if (finished) return "done";
  if (total === undefined) return done === 0 ? "-" : String(done);
  return `${done}/${total}`;
}
