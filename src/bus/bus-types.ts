/** What goes along with a message on the bus, and how it is listened for. */
import type { z } from "zod";
import type { Encoding } from "../protocol/codec.ts";
import type { Failure } from "../protocol/errors.ts";
import type { Route } from "../protocol/routes.ts";
import type { TraceContext } from "../protocol/trace-context.ts";

export interface MessageInfo {
  readonly subject: string;
  /** The subject's tokens by their names in the route. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly reply: string | undefined;
  /** Answers go back in the encoding that the question came in. */
  readonly encoding: Encoding;
  /** The trace that it belongs to, where its sender said one. */
  readonly trace?: TraceContext | undefined;
}

export interface PublishExtras {
  readonly reply?: string;
  readonly encoding?: Encoding;
  /** The trace that it belongs to, and the span that sends it. */
  readonly trace?: TraceContext | undefined;
}

export interface Subscription {
  stop(): void;
  /** Withdraws the interest, but still delivers what was dealt before the server heard of it. */
  drain(): void;
}

export interface SubscribeOptions {
  readonly queue?: string;
  /** Ends the subscription after one message, even if that did not fit. */
  readonly max?: 1;
  /** Called when a message did not fit, or its handler threw. */
  readonly refused?: () => void;
}

export type Tokens = Readonly<Record<string, string>>;
export type Handler<R extends Route> = (
  message: z.infer<R["request"]>,
  info: MessageInfo,
) => void | Promise<void>;

/** What may arrive at a reply subject: an answer, a failure, or the news that nobody listens. */
export type ReplyHandler = (answer: unknown, failure: Failure | undefined) => void;
