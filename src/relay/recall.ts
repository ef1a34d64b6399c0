/**
 * After a takeover: what do the nodes have of a job? Every node that beats is asked, and the answers are
 * waited for, but not for long: what a silent node has is done again.
 */
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import { fit } from "../protocol/fit.ts";
import type { ChunkIndex, JobId, NodeId, StageIndex, Work } from "../protocol/ids.ts";
import { clocks } from "../protocol/limits.ts";
import { routes } from "../protocol/routes.ts";
import { recalledSchema } from "../protocol/take-over-messages.ts";
import { foundIn } from "./apply-answer.ts";
import type { Finished } from "./job-loop.ts";

/** An order in a node's hands. */
export interface HeldOrder {
  readonly name: string;
  readonly node: NodeId;
  readonly stage: StageIndex;
  readonly works: readonly Work[];
}

export interface Recollection {
  readonly outputs: readonly Finished[];
  readonly orders: readonly HeldOrder[];
}

export interface RecallPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  /** The nodes that beat. */
  readonly nodes: readonly string[];
  /** Where orders that the nodes have in hand are to be answered. */
  readonly answerTo: string;
  /** Told of each such order at once: its answer may be the next that arrives. */
  readonly held: (order: HeldOrder) => void;
}

export async function recall(
  job: JobId,
  term: number,
  { bus, clock, nodes, answerTo, held: tell }: RecallPorts,
): Promise<Recollection> {
  const outputs: Finished[] = [];
  const orders: HeldOrder[] = [];
  const silent = new Set(nodes);
  await new Promise<void>((resolve) => {
    const stop = clock.every(clocks.recallMs, () => end());
    const reply = bus.openReply((answer) => {
      const recalled = fit(recalledSchema, answer);
      // That no node listens at all is an answer, too.
      if (!recalled.success) return end();
      const { node, done, held, last } = recalled.data;
      if (done !== undefined) outputs.push(...foundIn(job, done.stage as StageIndex, done.answer));
      for (const one of held) {
        const order = heldOrder(job, node as NodeId, one);
        orders.push(order);
        tell(order);
      }
      if (last && silent.delete(node) && silent.size === 0) end();
    });
    const end = () => {
      stop();
      reply.close();
      resolve();
    };
    bus.publish(routes.jobRecall, { job }, { id: job, term, answerTo }, { reply: reply.subject });
  });
  return { outputs, orders };
}

function heldOrder(
  job: JobId,
  node: NodeId,
  held: { order: string; stage: number; items: { chunk: number; attempt: number }[] },
): HeldOrder {
  const stage = held.stage as StageIndex;
  const works = held.items.map(({ chunk, attempt }) => {
    return { job, stage, chunk: chunk as ChunkIndex, attempt };
  });
  return { name: held.order, node, stage, works };
}
