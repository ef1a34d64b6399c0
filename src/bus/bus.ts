/**
 * The bus in terms of routes: what the rest of the system sends and hears. Everything that comes in
 * is decoded and checked here, once; what does not fit is answered with the reason and never reaches
 * a handler. It never retries: only the core counts attempts. What is said while the connection is
 * lost is sent when it is back.
 */
import {
  createInbox,
  ErrorCode,
  type Msg,
  headers as makeHeaders,
  type NatsConnection,
  NatsError,
  type Subscription as NatsSubscription,
  type PublishOptions,
} from "nats";
import type { z } from "zod";
import type { Log } from "../host/log.ts";
import type { Member } from "../host/nats-credentials.ts";
import { decodeMessage, type Encoding, encodingOf, pack } from "../protocol/codec.ts";
import { type Failure, RtlError, toFailure } from "../protocol/errors.ts";
import { fit } from "../protocol/fit.ts";
import { limits } from "../protocol/limits.ts";
import { FAILURE_HEADER, type Route, subjectOf } from "../protocol/routes.ts";
import {
  readTrace,
  TRACE_HEADER,
  type TraceContext,
  traceText,
} from "../protocol/trace-context.ts";
import { Denied, type Heard, inShort, isFailure, readAnswer } from "./answer.ts";
import { Asked } from "./asked.ts";
import { type BusExtras, endOfTurn, type Wait, wait } from "./bus-extras.ts";
import type {
  Handler,
  PublishExtras,
  ReplyHandler,
  SubscribeOptions,
  Subscription,
  Tokens,
} from "./bus-types.ts";
import { Continuity } from "./continuity.ts";
import { inboxOf } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { RefusalLog } from "./refusal-log.ts";
import { RouteCounts } from "./route-counts.ts";
import { SingleUse } from "./single-use.ts";
import { type TokenPlaces, tokenPlaces } from "./token-places.ts";
import { Turn } from "./turn.ts";

export type {
  Handler,
  MessageInfo,
  ReplyHandler,
  SubscribeOptions,
  Subscription,
  Tokens,
} from "./bus-types.ts";

export class Bus {
  readonly id: string;
  /** Who this is to a server that knows its members. */
  readonly member: Member | undefined;
  /** Exposed for the cache, the other door to NATS; nobody else may use it. */
  readonly connection: NatsConnection;
  readonly continuity: Continuity;
  readonly counts = new RouteCounts();
  readonly #outbox: Outbox;
  readonly #log: Log;
  readonly #inbox: string;
  readonly #waiting = new Map<string, (heard: Heard) => void>();
  /** Kept only where the server may refuse to pass a question on. */
  readonly #asked: Asked | undefined;
  readonly #singleUse: SingleUse;
  readonly #refusals: RefusalLog;
  readonly #wait: Wait;
  readonly #turn: Turn;
  #next = 0;

  constructor(id: string, connection: NatsConnection, log: Log, extras: BusExtras = {}) {
    const { member, soon = endOfTurn } = extras;
    this.id = id;
    this.member = member;
    this.#wait = extras.wait ?? wait;
    this.connection = connection;
    this.#log = log;
    this.#turn = new Turn(soon, (error) => log.warn({ error }, "message not sent"));
    this.#singleUse = new SingleUse(connection);
    this.continuity = new Continuity(connection);
    this.#outbox = new Outbox((messages) => log.warn({ messages }, "unsent messages dropped"));
    this.continuity.onBack(() => this.#outbox.release());
    this.#refusals = new RefusalLog(log);
    // One subscription carries all answers: measured, this doubles what request() of the client does.
    this.#inbox = createInbox(member && inboxOf(member));
    this.#asked = member && new Asked(this.#inbox.length + 1);
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return;
        this.#waiting.get(message.subject.slice(this.#inbox.length + 1))?.(message);
      },
    });
  }

  /** Address of the server that this is connected to. */
  get server(): string {
    return this.connection.getServer();
  }

  publish<R extends Route>(
    route: R,
    tokens: Tokens,
    message: z.input<R["request"]>,
    options: PublishExtras = {},
  ): void {
    const data = pack(message, options.encoding);
    const subject = subjectOf(route, tokens);
    this.#send(subject, data, options.reply, options.trace);
    if (options.reply !== undefined) this.#asked?.add(options.reply, subject);
  }

  /** Answers go to `reply`, a subject that came with a request. */
  respond(reply: string, message: unknown, encoding: Encoding = "msgpack"): void {
    this.#send(reply, pack(message, encoding));
  }

  /** Bytes as they are: pieces of blocks. */
  respondBytes(reply: string, data: Uint8Array): void {
    this.#send(reply, data);
  }

  fail(reply: string, failure: Failure, encoding: Encoding = "msgpack"): void {
    const headers = makeHeaders();
    headers.set(FAILURE_HEADER, failure.code);
    let data = pack({ failure }, encoding);
    // Whoever waits must hear something, if not everything.
    if (data.length > limits.failureBytesMax) data = pack({ failure: inShort(failure) }, encoding);
    this.#publish(reply, data, { headers });
  }

  /** What nobody waits for may wait itself until the connection is back. */
  #publish(subject: string, data: Uint8Array, options?: PublishOptions): void {
    this.#checkOpen();
    const send = () => this.connection.publish(subject, data, options);
    this.#turn.say(() => {
      if (this.continuity.lost) this.#outbox.keep(data.length, send);
      else send();
    });
  }

  #checkOpen(): void {
    if (this.connection.isClosed()) throw NatsError.errorForCode(ErrorCode.ConnectionClosed);
  }

  #send(subject: string, data: Uint8Array, reply?: string, trace?: TraceContext): void {
    this.#checkSize(subject, data);
    this.#publish(subject, data, optionsOf(reply, trace));
  }

  #checkSize(subject: string, data: Uint8Array): void {
    const allowed = this.connection.info?.max_payload ?? limits.payloadBytesMax;
    const largest = Math.min(allowed, limits.payloadBytesMax);
    if (data.length > largest) {
      throw new RtlError(
        "RTL_MESSAGE_TOO_LARGE",
        `a message of ${data.length} bytes for ${subject} is above the bus's limit of ${largest}`,
      );
    }
  }

  /**
   * Listens on a route. A message that does not fit is answered with its fault where it has a reply
   * subject; a handler that throws is answered likewise.
   */
  subscribe<R extends Route>(
    route: R,
    tokens: Tokens,
    handler: Handler<R>,
    options: SubscribeOptions = {},
  ): Subscription {
    const subject = subjectOf(route, tokens);
    const names = tokenPlaces(route.subject);
    this.counts.of(route);
    const queue = options.queue ?? route.queue;
    const { max, refused } = options;
    let subscription: NatsSubscription | undefined;
    let isOver = false;
    const open = () => {
      if (isOver) return;
      subscription = this.connection.subscribe(subject, {
        ...(queue !== undefined && { queue }),
        ...(max !== undefined && { max }),
        callback: (error, message) => {
          if (error !== null) return this.#note(error, subject);
          if (max !== undefined && subscription) this.#singleUse.used(subscription);
          this.#receive(route, names, message, handler, refused);
        },
      });
      if (max !== undefined) this.#singleUse.opened(subscription);
    };
    // A slot is opened for every order, and a job's events are listened to before it is handed in: each
    // in one write with what is said next.
    this.#turn.say(open);
    const end = (how: (subscription: NatsSubscription) => void): void => {
      isOver = true;
      if (subscription === undefined) return;
      const opened = subscription;
      this.#singleUse.forget(opened);
      this.#turn.say(() => how(opened));
    };
    return { stop: () => end(stop), drain: () => end(drain) };
  }

  #receive<R extends Route>(
    route: R,
    names: TokenPlaces,
    message: Msg,
    handler: Handler<R>,
    refused?: () => void,
  ): void {
    const encoding = encodingOf(message.data);
    const reply = replyOf(message);
    const refuse = (error: unknown) => {
      const failure = toFailure(error, "RTL_INTERNAL");
      const level = failure.code === "RTL_INTERNAL" ? "error" : "warn";
      this.#refusals.note(level, { subject: message.subject, failure: inShort(failure), error });
      this.counts.failed(route, failure.message);
      try {
        if (reply !== undefined) this.fail(reply, failure, encoding);
      } catch (unsent) {
        this.#note(unsent, message.subject);
      }
      refused?.();
    };
    try {
      // A server may let more through than anybody reads.
      if (message.data.length > limits.payloadBytesMax) throw tooLarge(message.data.length);
      const request = decodeMessage(route.request, message.data) as z.infer<R["request"]>;
      const parts = message.subject.split(".");
      const tokens = Object.fromEntries(names.map(([place, name]) => [name, parts[place] ?? ""]));
      const trace = message.headers && readTrace(message.headers.get(TRACE_HEADER));
      const info = { subject: message.subject, tokens, reply, encoding, trace };
      const done = this.counts.timed(route, () => handler(request, info));
      if (done instanceof Promise) done.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  }

  /** A subject of our own for any number of answers to one message. */
  openReply(handler: ReplyHandler): { readonly subject: string; close(): void } {
    const key = (this.#next++).toString(36);
    this.#waiting.set(key, (message) => {
      const [answer, failure] = readAnswer(message);
      try {
        handler(answer, failure);
      } catch (error) {
        // Thrown on, it would take the connection along.
        this.#note(error, `${this.#inbox}.${key}`);
      }
    });
    return { subject: `${this.#inbox}.${key}`, close: () => this.#forget(key) };
  }

  /** One question, one answer, checked against the route. */
  async request<R extends Route>(
    route: R,
    tokens: Tokens,
    message: z.input<R["request"]>,
    options: { readonly timeoutMs: number; readonly trace?: TraceContext | undefined },
  ): Promise<z.infer<NonNullable<R["reply"]>>> {
    const { timeoutMs, trace } = options;
    const answer = await this.#ask(subjectOf(route, tokens), pack(message), timeoutMs, trace);
    const [value, failure] = readAnswer(answer);
    if (failure !== undefined) throw RtlError.from(failure);
    if (route.reply === undefined) throw new Error(`nobody answers ${route.subject}`);
    const parsed = fit(route.reply, value);
    if (parsed.success) return parsed.data as z.infer<NonNullable<R["reply"]>>;
    const issue = parsed.error.issues[0];
    throw new RtlError(
      "RTL_MESSAGE_INVALID",
      `the answer on ${route.subject} does not fit: ${issue?.path.join(".")}: ${issue?.message}`,
      { fix: "check that all parts run the same version: rtl status" },
    );
  }

  /** One question, answered with bytes. */
  async requestBytes<R extends Route>(
    route: R,
    tokens: Tokens,
    message: z.input<R["request"]>,
    options: { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    const answer = await this.#ask(subjectOf(route, tokens), pack(message), options.timeoutMs);
    if (!isFailure(answer)) return answer.data;
    const [, failure] = readAnswer(answer);
    throw RtlError.from(failure ?? { code: "RTL_INTERNAL", message: "an unreadable failure" });
  }

  #ask(subject: string, data: Uint8Array, timeoutMs: number, trace?: TraceContext): Promise<Heard> {
    return new Promise((resolve, reject) => {
      const key = (this.#next++).toString(36);
      const stopWaiting = this.#wait(timeoutMs, () => {
        this.#forget(key);
        reject(new RtlError("RTL_WAIT_TIMEOUT", `no answer on ${subject} within ${timeoutMs} ms`));
      });
      this.#waiting.set(key, (message) => {
        stopWaiting();
        this.#forget(key);
        resolve(message);
      });
      try {
        // Never kept for later: whoever asks has a limit to its patience, and asks again.
        this.#checkSize(subject, data);
        this.#checkOpen();
        const reply = `${this.#inbox}.${key}`;
        this.#asked?.add(reply, subject);
        this.#turn.say(() => this.connection.publish(subject, data, optionsOf(reply, trace)));
      } catch (error) {
        stopWaiting();
        this.#forget(key);
        reject(error);
      }
    });
  }

  #forget(key: string): void {
    this.#waiting.delete(key);
    this.#asked?.forget(key);
  }

  /** The server does not let us speak there: whoever asked there is told, instead of waiting. */
  denied(subject: string): void {
    const denied = new Denied(subject, this.member?.name ?? this.id);
    for (const key of this.#asked?.on(subject) ?? []) this.#waiting.get(key)?.(denied);
  }

  #note(error: unknown, subject: string): void {
    this.#log.warn({ error, subject }, "subscription error");
  }

  /** Does this at the end of the turn; what it says goes out with the rest. */
  atEndOfTurn(act: () => void): void {
    this.#turn.say(act);
  }

  /** Asks something of the connection itself, in one write with what else this turn says. */
  inTurn<T>(question: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const ask = async () => question();
      this.#turn.say(() => void ask().then(resolve, reject));
    });
  }

  async flush(): Promise<void> {
    this.#turn.end();
    await this.connection.flush();
  }

  /** Lets what is under way finish, then closes. */
  async drain(): Promise<void> {
    if (this.connection.isClosed()) return;
    this.#turn.end();
    try {
      await this.connection.drain();
    } catch (error) {
      // A connection that is just being re-established cannot drain; closing is all that is left.
      if (!(error instanceof NatsError)) throw error;
    }
    // Where the server is gone the client gives up draining without a word, and connects for ever.
    if (!this.connection.isClosed()) await this.connection.close();
  }
}

function optionsOf(reply?: string, trace?: TraceContext): PublishOptions | undefined {
  if (trace === undefined) return reply === undefined ? undefined : { reply };
  const headers = makeHeaders();
  headers.set(TRACE_HEADER, traceText(trace));
  return { headers, ...(reply !== undefined && { reply }) };
}

const tooLarge = (bytes: number): RtlError =>
  new RtlError(
    "RTL_MESSAGE_TOO_LARGE",
    `a message of ${bytes} bytes is above the limit of ${limits.payloadBytesMax}`,
    { fix: "put data into files or into the job's input, not into its document" },
  );

function stop(subscription: NatsSubscription): void {
  if (!subscription.isClosed()) subscription.unsubscribe();
}

/** A connection that is lost or closing has nothing left to deliver. */
function drain(subscription: NatsSubscription): void {
  if (!subscription.isClosed()) subscription.drain().catch(() => stop(subscription));
}

/** Subjects of the server itself are no place for answers: nobody may act through our permissions. */
const replyOf = ({ reply }: Msg): string | undefined =>
  reply === undefined || reply === "" || reply.startsWith("$") ? undefined : reply;
