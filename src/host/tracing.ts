/**
 * Sends spans to an OpenTelemetry collector, where the environment names one in OpenTelemetry's own words
 * (OTEL_EXPORTER_OTLP_ENDPOINT and its kin); else nothing is loaded and there is none. What cannot be sent
 * is dropped by its library, and holds nobody up.
 */
import { randomBytes } from "node:crypto";
import type { TraceContext } from "../protocol/trace-context.ts";
import type { Environment } from "./setting.ts";
import { version } from "./version.ts";

export interface TracedSpan {
  readonly name: string;
  readonly kind: "server" | "producer" | "consumer";
  /** The span's own context: it was told to others before the span is over. */
  readonly context: TraceContext;
  readonly parentId: string;
  /** In milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** What went wrong, if something did. */
  readonly error?: string | undefined;
}

export interface SpanExport {
  send(span: TracedSpan): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** A context for a span of its own within another's. */
export const spanWithin = (parent: TraceContext): TraceContext => ({
  ...parent,
  spanId: randomBytes(8).toString("hex"),
});

const isWanted = (environment: Environment): boolean =>
  environment["OTEL_SDK_DISABLED"] !== "true" &&
  environment["OTEL_TRACES_EXPORTER"] !== "none" &&
  Boolean(
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] || environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
  );

/** Undefined where no collector is named. `service` and `instance` are how it names this process. */
export async function spanExport(
  service: string,
  instance: string,
  environment: Environment,
): Promise<SpanExport | undefined> {
  if (!isWanted(environment)) return undefined;
  const [api, sdk, otlp, resources] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  let spanId = "";
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      "service.name": environment["OTEL_SERVICE_NAME"] || service,
      "service.version": version,
      "service.instance.id": instance,
    }),
    // The span's number was told to others before it is over.
    idGenerator: { generateSpanId: () => spanId, generateTraceId: () => "" },
    spanProcessors: [new sdk.BatchSpanProcessor(new otlp.OTLPTraceExporter())],
  });
  const tracer = provider.getTracer("rtl", version);
  const kinds = {
    server: api.SpanKind.SERVER,
    producer: api.SpanKind.PRODUCER,
    consumer: api.SpanKind.CONSUMER,
  };
  return {
    send({ name, kind, context, parentId, startMs, endMs, attributes, error }) {
      if (!context.sampled) return;
      spanId = context.spanId;
      const parent = api.trace.setSpanContext(api.ROOT_CONTEXT, {
        traceId: context.traceId,
        spanId: parentId,
        traceFlags: api.TraceFlags.SAMPLED,
        isRemote: true,
      });
      const about = { kind: kinds[kind], startTime: startMs, attributes: { ...attributes } };
      const span = tracer.startSpan(name, about, parent);
      if (error !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: error });
      span.end(endMs);
    },
    close: () => provider.shutdown(),
  };
}
