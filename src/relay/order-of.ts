/** Makes the message that an order is. Nothing here sends it. */
import type { Stage } from "../flow/plan.ts";
import type { Order } from "../protocol/messages.ts";
import type { Assignment, JobLoop } from "./job-loop.ts";
import { TableList } from "./outputs.ts";

export function orderOf(
  loop: JobLoop,
  stage: Stage,
  name: string,
  assigned: readonly Assignment[],
): Order {
  const list = new TableList();
  const states = loop.outputs.statesOf(stage, list);
  return {
    v: 1,
    order: name,
    job: loop.job,
    stage: stage.index,
    name: stage.name,
    calls: stage.calls.map(({ task, params, part }) => ({ task, params, part })),
    measure: assigned[0]?.measure ?? false,
    runMs: stage.runMs,
    term: loop.term,
    keep: !loop.ephemeral,
    // What is no shorter than everybody's lease is renewed by beats that come anyway.
    leaseMs: stage.leaseMs < loop.plan.leaseMs ? stage.leaseMs : 0,
    apart: assigned[0]?.apart ?? false,
    near: false,
    items: assigned.map(({ work, range }) =>
      loop.outputs.itemOf(stage, work.chunk, work.attempt, range, list),
    ),
    ...(states.length > 0 && { states }),
    tables: list.tables,
  };
}
