/** A span for each order that belongs to a trace, from when it came to its answer. */
import { performance } from "node:perf_hooks";
import { type SpanExport, spanWithin } from "../host/tracing.ts";
import type { Done, Order } from "../protocol/messages.ts";
import type { TraceContext } from "../protocol/trace-context.ts";

const now = (): number => performance.timeOrigin + performance.now();

export class OrderSpans {
  readonly #exported: SpanExport | undefined;
  readonly #begun = new Map<string, { readonly parent: TraceContext; readonly startMs: number }>();

  constructor(exported: SpanExport | undefined) {
    this.#exported = exported;
  }

  came({ order }: Order, parent: TraceContext | undefined): void {
    if (parent === undefined || this.#exported === undefined) return;
    this.#begun.set(order, { parent, startMs: now() });
  }

  answered({ order, job, name, calls }: Order, { items, node, refused }: Done): void {
    const begun = this.#begun.get(order);
    if (begun === undefined) return;
    this.#begun.delete(order);
    const { parent, startMs } = begun;
    const failed = items.find(({ failure }) => failure !== undefined)?.failure;
    this.#exported?.send({
      ...{ name: "process rtl.v1.work", kind: "consumer", startMs, endMs: now() },
      ...{
        context: spanWithin(parent),
        parentId: parent.spanId,
        error: failed?.message ?? refused,
      },
      attributes: {
        "messaging.system": "nats",
        "messaging.operation.type": "process",
        "messaging.destination.name": "rtl.v1.work",
        "rtl.job": job,
        "rtl.stage": name,
        "rtl.node": node,
        "rtl.tasks": calls.map(({ task }) => task).join(" "),
        "rtl.pieces": items.length,
      },
    });
  }
}
