/**
 * A bus without a server, for one node: what is open, who is dealt to, and everything that happens on
 * it in its order. Queue groups and the maximum of a subscription work as on the real one.
 */

import { z } from "zod";
import type { Handler, SubscribeOptions, Subscription, Tokens } from "../../src/bus/bus.ts";
import { decodeMessage, pack, unpack } from "../../src/protocol/codec.ts";
import { doneSchema } from "../../src/protocol/messages.ts";
import { type Route, subjectOf } from "../../src/protocol/routes.ts";
import { recalledSchema } from "../../src/protocol/take-over-messages.ts";
import type { NodeBus } from "../../src/tasknode/node-bus.ts";

interface Open {
  readonly pattern: string;
  readonly options: SubscribeOptions;
  readonly take: (message: unknown, reply: string | undefined, subject: string) => void;
}

export interface FakeBus extends NodeBus {
  /** What was done to the bus, in order: `+subject`, `-subject`, `>subject`. */
  readonly story: string[];
  /** What was sent, by subject, as a receiver would decode it. */
  readonly sent: { readonly subject: string; readonly message: unknown }[];
  /** Open subscriptions on a subject. */
  open(subject: string): number;
  /** Delivers as the server does; false when nobody listens. */
  deal(subject: string, message: unknown, reply?: string): boolean;
  /** A message that fits no schema. */
  dealJunk(subject: string): boolean;
  /** Resolves with the first message on a subject, now or later. */
  next(subject: string): Promise<unknown>;
}

/** What a node answers with. */
const answerSchema = z.union([recalledSchema, doneSchema]);

const fits = (pattern: string, subject: string): boolean => {
  const [wanted, given] = [pattern.split("."), subject.split(".")];
  return (
    wanted.length === given.length && wanted.every((part, at) => part === "*" || part === given[at])
  );
};

export function fakeBus(): FakeBus {
  const subscriptions = new Set<Open>();
  const story: string[] = [];
  const sent: { subject: string; message: unknown }[] = [];
  const hopes = new Map<string, (message: unknown) => void>();

  const note = (subject: string, message: unknown): void => {
    // What no message can carry must fail here, as it does on the real bus.
    const received = unpack(pack(message));
    story.push(`>${subject}`);
    sent.push({ subject, message: received });
    hopes.get(subject)?.(received);
    hopes.delete(subject);
  };
  const used = (subscription: Open): void => {
    if (subscription.options.max === 1) subscriptions.delete(subscription);
  };
  const listeners = (subject: string): Open[] => {
    const all = [...subscriptions].filter(({ pattern }) => fits(pattern, subject));
    return all[0]?.options.queue === undefined ? all : all.slice(0, 1);
  };
  return {
    story,
    sent,
    open: (subject) => [...subscriptions].filter(({ pattern }) => pattern === subject).length,
    deal(subject, message, reply) {
      const found = listeners(subject);
      for (const one of found) {
        used(one);
        one.take(message, reply, subject);
      }
      return found.length > 0;
    },
    dealJunk(subject) {
      const found = listeners(subject);
      for (const one of found) {
        used(one);
        one.options.refused?.();
      }
      return found.length > 0;
    },
    next: (subject) =>
      new Promise((resolve) => {
        const known = sent.find((one) => one.subject === subject);
        if (known !== undefined) resolve(known.message);
        else hopes.set(subject, resolve);
      }),
    publish: (route, tokens, message) => note(subjectOf(route, tokens), message),
    respond: (reply, message) => note(reply, decodeMessage(answerSchema, pack(message))),
    subscribe<R extends Route>(
      route: R,
      tokens: Tokens,
      handler: Handler<R>,
      options: SubscribeOptions = {},
    ): Subscription {
      const pattern = subjectOf(route, tokens);
      const queue = options.queue ?? route.queue;
      const subscription: Open = {
        pattern,
        options: { ...options, ...(queue !== undefined && { queue }) },
        take(message, reply, subject) {
          const parts = subject.split(".");
          const names = route.subject.split(".").entries();
          const tokens = Object.fromEntries(
            [...names].map(([at, name]) => [name.replaceAll(/[{}]/g, ""), parts[at] ?? ""]),
          );
          const info = { subject, tokens, reply, encoding: "msgpack" as const };
          void handler(decodeMessage(route.request, pack(message)) as never, info);
        },
      };
      subscriptions.add(subscription);
      story.push(`+${pattern}`);
      const stop = () => {
        if (subscriptions.delete(subscription)) story.push(`-${pattern}`);
      };
      return { stop, drain: stop };
    },
  };
}
