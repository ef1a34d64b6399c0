/** Counts what an order came to, for whoever watches over the node. */
import type { Metrics } from "../host/metrics.ts";
import type { Done, Order } from "../protocol/messages.ts";

/** A piece's time in a task is that of its order, shared out: reports are summed over the pieces. */
export function countWork(metrics: Metrics, { calls }: Order, done: Done): void {
  const completed = done.items.filter(({ failure }) => failure === undefined).length;
  for (const [place, { task }] of calls.entries()) {
    const failed = done.items.filter(({ failure }) => failure?.at?.task === task).length;
    if (completed > 0) metrics.count("rtl_tasks_total", { task, outcome: "completed" }, completed);
    if (failed > 0) metrics.count("rtl_tasks_total", { task, outcome: "failed" }, failed);
    const seconds = (done.calls[place]?.ms ?? 0) / 1_000 / Math.max(1, completed);
    for (let piece = 0; piece < completed; piece++) {
      metrics.measure("rtl_task_duration_seconds", { task }, seconds);
    }
  }
}
