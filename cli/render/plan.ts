/** A plan for people: a line per stage. */
import type { PlanReply } from "../../src/protocol/plan-messages.ts";
import { textTable } from "./text-table.ts";

const nodesShown = 3;

export function planTable({ stages, slots }: PlanReply): string {
  const rows = stages.map((stage) => {
    const { name, shape, calls, reads, chunks, nodes } = stage;
    const tasks = calls.map(({ task, part }) => (part === "run" ? task : `${task}.${part}`));
    const more = nodes.length - nodesShown;
    const where = nodes.slice(0, nodesShown).join(", ") + (more > 0 ? ` and ${more} more` : "");
    return [
      name,
      shape,
      tasks.join(" → "),
      reads.map(({ from, by }) => `${from} (${by})`).join(", ") || "-",
      chunks === undefined ? "measured" : String(chunks),
      where || "NOBODY",
      String(stage.slots),
    ];
  });
  const head = ["STAGE", "SHAPE", "TASKS", "READS", "CHUNKS", "NODES", "SLOTS"];
  return `${textTable(head, rows)}\n${slots} slots in all`;
}
