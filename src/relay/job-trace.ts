/**
 * One job in the trace that its submitter belongs to: a span for the job and one for each order, told to the
 * nodes before they are over. Spans go to a collector, if there is one; nodes get the context in any case.
 */
import { type SpanExport, spanWithin } from "../host/tracing.ts";
import type { TraceContext } from "../protocol/trace-context.ts";

interface OrderSpan {
  readonly context: TraceContext;
  readonly startMs: number;
  readonly stage: string;
  readonly pieces: number;
}

const now = (): number => performance.timeOrigin + performance.now();

export class JobTrace {
  readonly #parent: TraceContext;
  readonly #own: TraceContext;
  readonly #job: string;
  readonly #exported: SpanExport | undefined;
  readonly #startMs = now();
  readonly #orders = new Map<string, OrderSpan>();

  constructor(parent: TraceContext, job: string, exported: SpanExport | undefined) {
    this.#parent = parent;
    this.#own = spanWithin(parent);
    this.#job = job;
    this.#exported = exported;
  }

  /** An order goes out: what it carries. */
  sent(order: string, stage: string, pieces: number): TraceContext {
    const context = spanWithin(this.#own);
    this.#orders.set(order, { context, startMs: now(), stage, pieces });
    return context;
  }

  /** An order is answered, or given up. */
  over(order: string, error?: string): void {
    const span = this.#orders.get(order);
    if (span === undefined) return;
    this.#orders.delete(order);
    const { context, startMs, stage, pieces } = span;
    this.#exported?.send({
      ...{ name: "send rtl.v1.work", kind: "producer", context, startMs, endMs: now(), error },
      parentId: this.#own.spanId,
      attributes: {
        ...messaging("send", "rtl.v1.work"),
        "rtl.job": this.#job,
        "rtl.stage": stage,
        "rtl.pieces": pieces,
      },
    });
  }

  /** The job is over: those orders that nobody answered any more, and the job itself. */
  end(state: string, error: string | undefined): void {
    for (const order of [...this.#orders.keys()]) this.over(order, "nobody answered");
    this.#exported?.send({
      ...{ name: "process rtl.v1.job.submit", kind: "server", context: this.#own, error },
      ...{ startMs: this.#startMs, endMs: now(), parentId: this.#parent.spanId },
      attributes: {
        ...messaging("process", "rtl.v1.job.submit"),
        "rtl.job": this.#job,
        "rtl.state": state,
      },
    });
  }
}

/** What the conventions for messaging ask of a span. */
const messaging = (type: string, destination: string) => ({
  "messaging.system": "nats",
  "messaging.operation.type": type,
  "messaging.destination.name": destination,
});
