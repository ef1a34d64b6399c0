/** What is known of tasknodes and relays: many in a table, or one in full. */
import type { NodeBeat, RelayBeat } from "../../src/protocol/messages.ts";
import { textTable } from "./text-table.ts";
import { timeText } from "./units.ts";

interface TableOptions {
  readonly wide: boolean;
  /** Absent: points of time are written out instead of as ages. */
  readonly now: number | undefined;
}

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",") || "-";

const stateOf = ({ draining }: NodeBeat): string => (draining ? "leaving" : "ready");

/** A line per tasknode, by name. */
export function nodeTable(nodes: readonly NodeBeat[], { wide, now }: TableOptions): string {
  const head = ["NODE", "STATE", "BUSY", "SLOTS", "HOST", "STARTED"];
  const more = wide ? ["VERSION", "POOL", "LABELS"] : [];
  return textTable(
    [...head, ...more],
    byName(nodes).map((node) => [
      ...[node.node, stateOf(node), String(node.busy), String(node.slots), node.host || "-"],
      timeText(node.startedAt, now),
      ...(wide ? [node.version || "-", node.pool, labelsText(node.labels)] : []),
    ]),
  );
}

export const byName = (nodes: readonly NodeBeat[]): readonly NodeBeat[] =>
  nodes.toSorted((a, b) => (a.node < b.node ? -1 : 1));

/** One tasknode, a line per fact. */
export function nodeText(
  node: NodeBeat,
  tasks: readonly string[],
  now: number | undefined,
): string {
  const facts: readonly (readonly [string, string])[] = [
    ["node", node.node],
    ["state", stateOf(node)],
    ["busy", `${node.busy} of ${node.slots} slots`],
    ["host", node.host],
    ["started", timeText(node.startedAt, now)],
    ["version", node.version],
    ["speaks", node.encoding],
    ["labels", Object.keys(node.labels).length === 0 ? "" : labelsText(node.labels)],
    ["pool", node.pool],
    ["tasks", `${tasks.length}: ${tasks.join(", ")}`],
  ];
  return textTable(
    [],
    facts.filter(([, value]) => value !== ""),
  );
}

/** A node for programs: what it says of itself, but not how it says it. */
export function nodeJson({ node, held: _held, v: _v, startedAt, ...rest }: NodeBeat): object {
  return { node, ...rest, startedAt: new Date(startedAt).toISOString() };
}

export const relayNames = (relays: readonly RelayBeat[]): string =>
  relays.map(({ relay }) => relay).join(", ");
