/** The state of a system at a moment: totals, nodes and jobs, as a page or for programs. */
import type { JobSummary, NodeBeat, RelayBeat } from "../../src/protocol/messages.ts";
import type { Paint } from "../terminal.ts";
import { byName, nodeJson } from "./nodes.ts";
import { textTable } from "./text-table.ts";
import { countText, spanText } from "./units.ts";

export interface Snapshot {
  readonly at: number;
  readonly nodes: readonly NodeBeat[];
  readonly relays: readonly RelayBeat[];
  /** The newest durable jobs, first those that run. */
  readonly jobs: readonly JobSummary[];
  /** Chunks that were done each second since the snapshot before; undefined for the first. */
  readonly chunksPerSecond: number | undefined;
}

export const sortings = ["name", "busy", "slots"] as const;
export type Sorting = (typeof sortings)[number];

export interface PageOptions {
  readonly sort: Sorting;
  readonly paint: Paint;
  readonly columns: number;
  readonly rows: number;
}

const isOpen = ({ settledAt }: JobSummary): boolean => settledAt === undefined;

/** Chunks that are done in jobs that run, as far as their relays have told. */
export const chunksDone = (jobs: readonly JobSummary[]): ReadonlyMap<string, number> =>
  new Map(jobs.map(({ id, stages = [] }) => [id, stages.reduce((sum, { done }) => sum + done, 0)]));

export function sorted(nodes: readonly NodeBeat[], sort: Sorting): readonly NodeBeat[] {
  const named = byName(nodes);
  return sort === "name" ? named : named.toSorted((a, b) => b[sort] - a[sort]);
}

/** The page, line by line, no wider and no longer than the terminal. */
export function topPage(snapshot: Snapshot, options: PageOptions): readonly string[] {
  const { at, nodes, relays, jobs, chunksPerSecond } = snapshot;
  const { sort, paint, columns, rows } = options;
  const slots = nodes.reduce((sum, node) => sum + node.slots, 0);
  const busy = nodes.reduce((sum, node) => sum + node.busy, 0);
  const running = jobs.filter(isOpen);
  const rate = chunksPerSecond === undefined ? "" : `, ${chunksPerSecond.toFixed(1)} chunks/s`;
  const head = [
    `${countText(relays.length, "relay")}, ${countText(nodes.length, "tasknode")}, ${busy} of ${countText(slots, "slot")} busy  ${bar(busy, slots)}`,
    `${countText(running.length, "job")} running${rate}`,
  ];
  const nodeLines = textTable(
    ["NODE", "BUSY", "SLOTS", "LOAD", "STATE", "HOST"],
    sorted(nodes, sort).map(({ node, busy: own, slots: all, draining, host }) => [
      ...[
        node,
        String(own),
        String(all),
        bar(own, all),
        draining ? "leaving" : "ready",
        host || "-",
      ],
    ]),
  ).split("\n");
  const jobLines = textTable(
    ["JOB", "STATE", "AGE", "STAGES"],
    jobs.map((job) => [
      job.id,
      job.state,
      spanText(Math.max(0, (job.settledAt ?? at) - job.submittedAt)),
      (job.stages ?? [])
        .map(({ stage, done, total }) => `${stage} ${done}/${total ?? "?"}`)
        .join("  "),
    ]),
  ).split("\n");
  const room = Math.max(4, rows - head.length - 3);
  const forNodes = Math.min(nodeLines.length, Math.max(3, Math.ceil(room / 2)));
  const lines = [
    ...head,
    "",
    ...fitting(nodeLines, forNodes),
    "",
    ...fitting(jobLines, room - forNodes),
  ].map((line) => line.slice(0, columns));
  const heads = new Set([head.length + 1, head.length + 2 + forNodes]);
  return lines.map((line, index) => (heads.has(index) ? paint.bold(line) : line));
}

const barWidth = 10;

function bar(part: number, whole: number): string {
  const full = whole === 0 ? 0 : Math.round((Math.min(part, whole) / whole) * barWidth);
  return `[${"#".repeat(full)}${"·".repeat(barWidth - full)}]`;
}

function fitting(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}

export function topJson({ at, nodes, relays, jobs, chunksPerSecond }: Snapshot): object {
  return {
    time: new Date(at).toISOString(),
    relays: relays.map(({ relay }) => relay),
    slots: nodes.reduce((sum, node) => sum + node.slots, 0),
    busy: nodes.reduce((sum, node) => sum + node.busy, 0),
    ...(chunksPerSecond !== undefined && { chunksPerSecond }),
    nodes: byName(nodes).map(nodeJson),
    jobs: jobs.map(({ id, state, submittedAt, stages = [] }) => {
      return { id, state, submittedAt: new Date(submittedAt).toISOString(), stages };
    }),
  };
}
