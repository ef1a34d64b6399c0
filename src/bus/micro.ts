/**
 * The services of rtl as services of NATS (its architecture decision 32): `nats micro ls`, `info` and `stats`
 * see relays and tasknodes. Only asked, never pushed.
 */
import type { Route } from "../protocol/routes.ts";
import type { Bus } from "./bus.ts";

export interface MicroService {
  /** Letters, digits, - and _. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const TYPE = "io.nats.micro.v1";

/** Answers PING, INFO and STATS, for all services, those of this name, and this one. */
export function serveMicro(bus: Bus, service: MicroService): { stop(): void } {
  const { name, version, description, metadata } = service;
  const { id } = bus;
  const started = new Date().toISOString();
  const identity = { name, id, version, metadata };
  const endpoint = (route: Route) => ({
    name: route.subject
      .replace("rtl.v1.", "")
      .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
      .replace(/^-|-$/g, ""),
    subject: route.subject.replaceAll(/\{\w+\}/g, "*"),
    queue_group: route.queue?.includes("{") ? "" : (route.queue ?? ""),
  });
  const answers = {
    PING: () => ({ ...identity, type: `${TYPE}.ping_response` }),
    INFO: () => ({
      ...{ ...identity, type: `${TYPE}.info_response`, description },
      endpoints: [...bus.counts.all.keys()].map((route) => ({ ...endpoint(route), metadata: {} })),
    }),
    STATS: () => ({
      ...{ ...identity, type: `${TYPE}.stats_response`, started },
      endpoints: [...bus.counts.all].map(([route, { requests, errors, lastError, ms }]) => ({
        ...endpoint(route),
        num_requests: requests,
        num_errors: errors,
        last_error: lastError,
        processing_time: Math.round(ms * 1e6),
        average_processing_time: requests === 0 ? 0 : Math.round((ms * 1e6) / requests),
      })),
    }),
  };
  const subscriptions = Object.entries(answers).flatMap(([verb, answer]) =>
    [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) =>
      bus.connection.subscribe(subject, {
        callback(error, message) {
          if (error !== null || !message.reply) return;
          bus.respond(message.reply, answer(), "json");
        },
      }),
    ),
  );
  return {
    stop() {
      for (const one of subscriptions) if (!one.isClosed()) one.unsubscribe();
    },
  };
}
