/** What is kept of work that nobody could do, put together. Nothing here stores it. */
import type { Millis } from "../protocol/ids.ts";
import type { Submit, TableRef } from "../protocol/messages.ts";
import type { DeadLetter, JobRecord } from "../protocol/records.ts";
import type { Buried, JobLoop } from "./job-loop.ts";
import { TableList } from "./outputs.ts";

export function deadLetterOf(
  loop: JobLoop,
  submit: Submit,
  record: JobRecord | undefined,
  { work, range, reason, attempts, failure }: Buried,
  at: Millis,
): DeadLetter {
  const stage = loop.stageAt(work.stage);
  const name = record?.name;
  const input = record?.input ?? submit.input;
  const inputKept = record?.inputKept;
  return {
    v: 1,
    job: loop.job,
    ...(name !== undefined && { name }),
    client: submit.client,
    at,
    reason,
    stage: stage.name,
    chunk: work.chunk,
    ...(range !== undefined && { range: { start: range.start, end: range.end } }),
    calls: stage.calls.map(({ task, params }) => ({ task, params })),
    attempts: attempts.map(({ attempt, node, at: when, code, message }) => {
      return { attempt, ...(node !== undefined && { node }), at: when, code, message };
    }),
    failure: failure as never,
    inputs: inputsOf(loop, { work, range }).map(referenceOf),
    spec: record?.spec ?? submit.spec,
    ...(input !== undefined && { input }),
    ...(inputKept !== undefined && { inputKept }),
  };
}

/** What the work was to read, as far as it is still there. */
function inputsOf(loop: JobLoop, { work, range }: Pick<Buried, "work" | "range">): TableRef[] {
  const { stage, chunk, attempt } = work;
  const list = new TableList();
  try {
    loop.outputs.itemOf(loop.stageAt(stage), chunk, attempt, range, list);
  } catch {
    // An input that is being made again just now has no place.
  }
  return list.tables;
}

function referenceOf(table: TableRef): DeadLetter["inputs"][number] {
  if ("block" in table) return table;
  return "inline" in table ? { rows: table.rows, bytes: table.bytes } : { rows: table.rows };
}
