/** The events of a job as lines for a person, and as JSON for a program. */
import type { JobDone, JobWireEvent, StageReport } from "../../src/protocol/messages.ts";
import { cancelledJson } from "./cancelled.ts";
import { countText, spanText } from "./units.ts";

/** Lines that an event is worth; progress is shown elsewhere, because it replaces itself. */
export function eventLines(event: JobWireEvent, verbose: boolean): readonly string[] {
  switch (event.type) {
    case "job.accepted": {
      const name = event.name === undefined ? "" : ` "${event.name}"`;
      return [`job ${event.job}${name} accepted by ${event.relay}: ${event.stages.join(", ")}`];
    }
    case "stage.started":
      return verbose ? [`stage ${event.stage} started`] : [];
    case "stage.completed":
      return stageLines(event.report, verbose);
    case "job.cancelling":
      return [`cancelling: asked by ${event.by}${event.reason && ` (${event.reason})`}`];
    case "job.done":
      return doneLines(event);
    case "job.progress":
      return [];
  }
}

function stageLines(report: StageReport, verbose: boolean): string[] {
  const { stage, chunks, rows, ms, tasks, nodes } = report;
  const sizes = `${countText(chunks, "chunk")}, ${countText(rows, "row")}`;
  const where = Object.entries(nodes).map(([node, count]) => `${node} ${count}`);
  const on = verbose && where.length > 0 ? ` on ${where.join(", ")}` : "";
  const lines = [`stage ${stage}: ${sizes}, ${spanText(ms)}${on}`];
  for (const task of tasks) {
    lines.push(`  ${task.task}: ${task.ms.toFixed(2)} ms`);
    lines.push(...task.lines.map((line) => `    ${line}`));
  }
  return lines;
}

/** Only of a completed job: what went wrong with another is said as an error, not as an event. */
function doneLines({ job, state, ms, rows }: JobDone): string[] {
  if (state !== "completed") return [];
  const count = rows === undefined ? "" : `, ${countText(rows, "row")}`;
  return [`job ${job} completed in ${spanText(ms)}${count}`];
}

/**
 * An event as a value for JSON, with points of time as dates. References into the bus mean nothing
 * outside of it, so that a result is left out, or is the table itself where the caller has it.
 */
export function eventJson(event: JobWireEvent, result?: unknown): object {
  if (event.type !== "job.done") return event;
  const { result: _reference, cancelled, ...rest } = event;
  return {
    ...rest,
    ...(cancelled !== undefined && cancelledJson(cancelled)),
    ...(result !== undefined && { result }),
  };
}
