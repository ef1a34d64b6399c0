/**
 * Where a job's time went: a table of calls, the costliest first, as raspi-rtl printed it, and a trace in the
 * format that Chrome and Perfetto open.
 */
import type { Span } from "../../src/protocol/profile-message.ts";

interface Row {
  readonly name: string;
  readonly method: string;
  ms: number;
  calls: number;
}

/** The ranked table: seconds that a thousand calls take, and how many there were. */
export function rankedTable(spans: readonly Span[]): string {
  const rows = new Map<string, Row>();
  for (const { class: name, method, ms, calls } of spans) {
    const key = `${name}.${method}`;
    const row = rows.get(key) ?? { name, method, ms: 0, calls: 0 };
    row.ms += ms;
    row.calls += calls;
    rows.set(key, row);
  }
  const perThousand = ({ ms, calls }: Row) => ms / calls;
  const ranked = [...rows.values()].sort((a, b) => perThousand(b) - perThousand(a));
  const line = (a: string, b: string, c: string, d: string) =>
    `${a.padEnd(24)}${b.padEnd(32)}${c.padEnd(25)}${d}`;
  return [
    "RANKED",
    "",
    line("Class", "Method", "per 1000 calls", "count"),
    "-".repeat(90),
    // Milliseconds for one call are seconds for a thousand.
    ...ranked.map((row) =>
      line(
        `[${row.name}]`,
        `* ${row.method}()`,
        `${perThousand(row).toFixed(8)} s`,
        String(row.calls),
      ),
    ),
  ].join("\n");
}

/** A trace: processes by their names, a lane for each kind of call, so that none hides another. */
export function traceJson(spans: readonly Span[]): object {
  const processes = [...new Set(spans.map(({ by }) => by))].sort();
  const lanes = ["client", "relay", "order", "tasknode", "task"];
  const begin = spans.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const laneOf = (name: string) => Math.max(0, lanes.indexOf(name)) * 1_000;
  // What overlaps in one lane would be drawn over each other: each span gets the first row that is free.
  const freeAt = new Map<string, number[]>();
  const rowOf = ({ by, class: name, at, ms }: Span): number => {
    const key = `${by} ${name}`;
    const rows = freeAt.get(key) ?? [];
    freeAt.set(key, rows);
    const found = rows.findIndex((until) => until <= at + 1e-6);
    const row = found < 0 ? rows.length : found;
    rows[row] = at + ms;
    return laneOf(name) + row;
  };
  const sorted = [...spans].sort((a, b) => a.at - b.at || b.ms - a.ms);
  const threads = new Map<string, string>();
  const events = sorted.map((span) => {
    const pid = processes.indexOf(span.by) + 1;
    const tid = rowOf(span) + 1;
    threads.set(`${pid} ${tid}`, span.class);
    return {
      ...{ name: span.method, cat: span.class, ph: "X", pid, tid },
      ts: Math.round((span.at - begin) * 1_000),
      dur: Math.max(1, Math.round(span.ms * 1_000)),
      args: { calls: span.calls },
    };
  });
  const names = processes.map((name, index) => {
    return { name: "process_name", ph: "M", pid: index + 1, tid: 0, args: { name } };
  });
  const laneNames = [...threads].map(([key, name]) => {
    const [pid, tid] = key.split(" ").map(Number);
    return { name: "thread_name", ph: "M", pid, tid, args: { name } };
  });
  return { displayTimeUnit: "ms", traceEvents: [...names, ...laneNames, ...events] };
}
