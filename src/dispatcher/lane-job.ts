/**
 * A job that goes over a lane, and the events of it that a relay would have sent: what began, what it
 * did, how it ended. Nothing here sends or waits.
 */
import type { Millis } from "../protocol/ids.ts";
import type { LaneTerms } from "../protocol/lane-messages.ts";
import type { ItemDone, JobDone, Slice, StageReport, TableRef } from "../protocol/messages.ts";
import type { EventLog } from "./event-log.ts";

export interface LaneJob {
  readonly id: string;
  readonly input: TableRef;
  readonly log: EventLog;
  readonly submittedAt: Millis;
  /** Hands it to a relay: the lane has no more to do with it. */
  readonly relay: () => void;
  /** It has settled, or is handed to a relay. */
  readonly over: () => void;
  /** Its result lies in a block; `consumed` is to be called once it has been read. */
  readonly inBlock: (consumed: () => void) => void;
}

interface Made {
  readonly item: ItemDone;
  readonly table: TableRef;
  readonly output: Slice;
  readonly node: string;
  readonly at: Millis;
}

export function settleWith(job: LaneJob, terms: LaneTerms, made: Made): void {
  const [, start, end] = made.output;
  const rows = end - start;
  const stages = reportsOf(terms, made.item, rows, made.node);
  const result = { rows, tables: [made.table], slices: [[0, start, end] as Slice] };
  push(job, stages, made.at, { state: "completed", rows, result });
}

export function settleFailed(
  job: LaneJob,
  terms: LaneTerms,
  item: ItemDone,
  node: string,
  at: Millis,
): void {
  const failure = item.failure && { ...item.failure, at: { ...item.failure.at, job: job.id } };
  const stages = reportsOf(terms, item, 0, node);
  push(job, stages, at, { state: "failed", ...(failure && { failure }) });
}

export function settleCancelled(job: LaneJob, by: string, reason: string, at: Millis): void {
  push(job, [], at, { state: "cancelled", cancelled: { by, reason, at } });
}

function push(
  { id, log, submittedAt, over }: LaneJob,
  stages: StageReport[],
  at: Millis,
  end: Pick<JobDone, "state"> & Partial<Pick<JobDone, "rows" | "result" | "failure" | "cancelled">>,
): void {
  const time = new Date(at).toISOString();
  let seq = 0;
  const about = () => ({ v: 1 as const, seq: ++seq, time, job: id });
  for (const { stage } of stages) log.push({ ...about(), type: "stage.started", stage });
  if (end.state === "completed") {
    for (const report of stages) log.push({ ...about(), type: "stage.completed", report });
  }
  const ms = Math.max(0, at - submittedAt);
  const counts = { attempts: 1, retries: 0, late: 0 };
  log.push({ ...about(), type: "job.done", ms, ...end, stages, counts });
  over();
}

/** What the calls did, by the stages of the document. */
function reportsOf(
  { calls }: LaneTerms,
  { calls: reports = [] }: ItemDone,
  rows: number,
  node: string,
): StageReport[] {
  const stages: StageReport[] = [];
  for (const [place, { task, stage }] of calls.entries()) {
    const { ms = 0, tallies = [], lines = [] } = reports[place] ?? {};
    let report = stages.at(-1);
    if (report?.stage !== stage) {
      report = { stage, ms: 0, chunks: 1, rows, tasks: [], nodes: { [node]: 1 } };
      stages.push(report);
    }
    report.ms += ms;
    const counted = tallies.map(({ template, count }) => template.replace("{}", String(count)));
    report.tasks.push({ task, ms, runs: 1, lines: [...counted, ...lines] });
  }
  return stages;
}
