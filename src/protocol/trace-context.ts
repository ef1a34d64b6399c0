/**
 * Whose trace a message belongs to, as the W3C's Trace Context writes it, in the header `traceparent` of
 * messages. What is no trace context is none: it costs nobody a job.
 */
export const TRACE_HEADER = "traceparent";

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span that whoever sent it was in. */
  readonly spanId: string;
  /** Whether its spans are to be kept. */
  readonly sampled: boolean;
}

const FORM = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

export function readTrace(text: string | undefined): TraceContext | undefined {
  const [, traceId, spanId, flags] = FORM.exec(text?.trim() ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags ?? "0", 16) & 1) === 1 };
}

export const traceText = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
