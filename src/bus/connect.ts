/**
 * Opens the connection. It reconnects without end and with jitter, and notices a dead peer within
 * three pings; only the first connection may fail, and then says what was tried.
 */
import { performance } from "node:perf_hooks";
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  ErrorCode,
  Events,
  type NatsConnection,
  NatsError,
} from "nats";
import type { Log } from "../host/log.ts";
import type { Member, NatsCredentials } from "../host/nats-credentials.ts";
import { RtlError } from "../protocol/errors.ts";
import { checkedToken } from "../protocol/ids.ts";
import { clocks } from "../protocol/limits.ts";
import { Bus } from "./bus.ts";
import { inboxOf } from "./inbox.ts";

export interface BusOptions {
  readonly servers: string | readonly string[];
  /** Who this is: a token, shown by the server's monitoring. */
  readonly id: string;
  readonly log: Log;
  readonly credentials?: NatsCredentials;
  /** Who this is to a server that knows its members; others may not listen for our answers. */
  readonly member?: Member | undefined;
  /** Between two questions whether the server lives; three without an answer, and it is gone. */
  readonly pingMs?: number;
}

/** A machine that starts many processes at once keeps each of them waiting. */
const connectMs = 20_000;

export async function connectBus(options: BusOptions): Promise<Bus> {
  const servers = typeof options.servers === "string" ? [options.servers] : [...options.servers];
  const outage: Outage = { lostAt: undefined };
  const settings: ConnectionOptions = {
    servers: servers.map((server) => server.replace(inUrl, "//")),
    name: checkedToken(options.id, "client"),
    // Stack traces for every request cost a third of the throughput.
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    // A server that is being set up anew may refuse for a while whom it knew before.
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: () => reconnectMs(outage.lostAt),
    pingInterval: options.pingMs ?? clocks.pingMs,
    maxPingOut: 2,
    timeout: connectMs,
    ...(options.member && { inboxPrefix: inboxOf(options.member) }),
    ...(options.credentials?.tls && { tls: { ...options.credentials.tls } }),
    ...identity(servers, options.credentials ?? {}),
  };
  let connection: NatsConnection;
  try {
    connection = await connect(settings);
  } catch (cause) {
    throw refused(servers, cause);
  }
  warnIfOpen(connection, options.log);
  const bus = new Bus(options.id, connection, options.log, { member: options.member });
  void report(connection, bus, options.log, outage);
  return bus;
}

/** Whoever listens on the way to a server on another machine reads along where nothing is encrypted. */
function warnIfOpen(connection: NatsConnection, log: Log): void {
  const server = connection.getServer();
  const isOpen = connection.info?.tls_required !== true && connection.info?.tls_available !== true;
  if (!isOpen || /^(127\.|localhost|\[?::1)/.test(server)) return;
  log.warn({ server }, "the connection to the bus is not encrypted");
}

/** The part of an address that says who asks, which the client wants to be told by itself. */
const inUrl = /\/\/([^@/:]*)(?::([^@/]*))?@/;

function identity(servers: readonly string[], given: NatsCredentials): ConnectionOptions {
  const { credentials, token } = given;
  if (credentials !== undefined) {
    return { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) };
  }
  const [, name, secret] = servers.map((server) => inUrl.exec(server)).find(Boolean) ?? [];
  const user = given.user ?? (name && decodeURIComponent(name));
  const password = given.password ?? (secret && decodeURIComponent(secret));
  // By custom, a name without a password is a token.
  if (given.user === undefined && user && !password) return { token: user };
  return {
    ...(user && { user }),
    ...(password && { pass: password }),
    ...(token !== undefined && { token }),
  };
}

function refused(servers: readonly string[], cause: unknown): RtlError {
  if (cause instanceof NatsError && cause.code === ErrorCode.AuthorizationViolation) {
    return new RtlError("RTL_BUS_REFUSED", `the NATS server at ${redact(servers)} refuses us`, {
      cause,
      fix: "set NATS_CREDS, NATS_USER and NATS_PASSWORD, or NATS_TOKEN to what the server expects",
    });
  }
  return unreachable(servers, cause instanceof Error ? cause.message : String(cause), cause);
}

/** What is said when nothing at these addresses can be used; secrets in them are left out. */
export function unreachable(
  servers: readonly string[],
  why: string,
  cause?: unknown,
  fix = "start one with `rtl start`, or point NATS_URL or --server at a running one",
): RtlError {
  const message = `no NATS server answers at ${redact(servers)}: ${why}`;
  return new RtlError("RTL_BUS_UNREACHABLE", message, { fix, cause });
}

/** Addresses without what may be secret in them. */
function redact(servers: readonly string[]): string {
  return servers.map((server) => server.replace(/\/\/[^@/]*@/, "//…@")).join(", ");
}

/** When the connection was lost, while it is, on the process's own clock. */
interface Outage {
  lostAt: number | undefined;
}

/**
 * Pause before the server is tried again: short at first, so that a restart costs little, and longer
 * the longer it is away; never the same for two, so that a rack does not come back as one.
 */
function reconnectMs(lostAt: number | undefined): number {
  const goneMs = lostAt === undefined ? 0 : performance.now() - lostAt;
  const meanMs = Math.min(clocks.reconnectMsMax, Math.max(clocks.reconnectMsMin, goneMs));
  return meanMs * (0.5 + Math.random());
}

async function report(
  connection: NatsConnection,
  bus: Bus,
  log: Log,
  outage: Outage,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === Events.Disconnect) {
      outage.lostAt = performance.now();
      log.warn({ server: status.data }, "bus disconnected");
    } else if (status.type === Events.Reconnect) {
      outage.lostAt = undefined;
      log.info({ server: status.data }, "bus reconnected");
    } else if (status.type === Events.Error) {
      log.warn({ error: status.data }, "bus error");
      const { operation, subject } = status.permissionContext ?? {};
      if (operation === "publish" && subject !== undefined) bus.denied(subject);
    }
    if (status.type === Events.LDM) log.info({}, "bus server is going away");
  }
}
