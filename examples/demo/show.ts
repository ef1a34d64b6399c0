/** What the demo prints. Data in, text out; only `follow` writes, because progress is live. */
import { createProgress } from "../../cli/progress.ts";
import { textTable } from "../../cli/render/text-table.ts";
import type { JobDone, JobHandle, NodeBeat, Table } from "../../src/index.ts";
import { tableToText } from "../../src/index.ts";
import type { Local } from "../../src/local/local.ts";
import { makeTable } from "../../src/table/table.ts";
import type { Check } from "./check.ts";

const rowsShown = 8;

export function showStart(local: Local, nodes: readonly NodeBeat[]): string {
  const slots = nodes.reduce((sum, node) => sum + node.slots, 0);
  return [
    `rtl runs on ${local.natsUrl}: ${count(nodes.length, "tasknode")} with ${count(slots, "thread")}`,
    textTable(
      ["SERVICE", "PID"],
      local.services.map(({ role, pid }) => [role, String(pid)]),
    ),
  ].join("\n");
}

/** Shows the job's progress until it is over. */
export async function follow(handle: JobHandle, quiet: boolean): Promise<JobDone> {
  const progress = createProgress({ quiet, verbose: false });
  try {
    for await (const event of handle.watch()) progress.event(event);
  } finally {
    progress.end();
  }
  return handle.done();
}

/** `columns` are those that fit a page; the check looks at all. */
export function showDone(
  done: JobDone,
  table: Table,
  columns: readonly string[],
  check: Check,
): string {
  const shown = makeTable(columns.map((name) => table.column(name)));
  const parts = [
    `${tableToText(shown, { maxRows: rowsShown })} ${columns.length} of ${table.names.length} columns`,
  ];
  const lines = done.stages.flatMap(({ tasks }) =>
    tasks.flatMap(({ task, lines: own }) => own.map((line) => `  ${task.padEnd(12)}${line}`)),
  );
  if (lines.length > 0) parts.push(`What the tasks said\n${lines.join("\n")}`);
  parts.push(`What ran where\n${stageTable(done)}`);
  const verdict = check.equal ? "equal" : "NOT EQUAL";
  const figures = check.figures.map(
    ({ name, found, expected }) => `  ${name}: ${found}, expected ${expected}`,
  );
  parts.push(
    [
      `Checked against ${check.against}: ${verdict}`,
      ...figures,
      `  largest relative difference: ${check.differenceMax.toExponential(1)}`,
    ].join("\n"),
  );
  parts.push(`${done.state} in ${(done.ms / 1_000).toFixed(3)} s`);
  return parts.join("\n\n");
}

/** Times are wall time of a stage, and the time inside its tasks summed over its chunks. */
function stageTable(done: JobDone): string {
  const rows = done.stages.flatMap((stage) => {
    const where = Object.entries(stage.nodes)
      .map(([node, works]) => `${node} (${works})`)
      .join(", ");
    const head = [
      stage.stage,
      `${stage.ms.toFixed(0)} ms`,
      String(stage.chunks),
      String(stage.rows),
      where,
    ];
    const tasks = stage.tasks.map(({ task, ms }) => [
      `  ${task}`,
      `${ms.toFixed(2)} ms`,
      "",
      "",
      "",
    ]);
    return [head, ...tasks];
  });
  return textTable(["STAGE", "TIME", "CHUNKS", "ROWS", "NODE (PIECES OF WORK)"], rows);
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;
