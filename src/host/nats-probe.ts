/**
 * Asks a NATS server who it is by reading the one line that it sends first. It needs no NATS
 * client, logs in to nothing and sends nothing.
 */
import { connect } from "node:net";
import { z } from "zod";

const INFO_BYTES_MAX = 64 * 1024;
const DEFAULT_PORT = 4222;

const infoSchema = z.object({
  version: z.string(),
  jetstream: z.boolean().default(false),
  auth_required: z.boolean().default(false),
  tls_required: z.boolean().default(false),
  max_payload: z.number().default(0),
});

export interface NatsInfo {
  readonly version: string;
  readonly jetstream: boolean;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
  /** Bytes. */
  readonly maxPayload: number;
}

export type NatsProbe =
  | ({ readonly ok: true } & NatsInfo)
  | { readonly ok: false; readonly reason: string };

/** Host and port of an address as NATS clients take it; throws a TypeError when it is none. */
function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url.includes("://") ? url : `nats://${url}`);
  return { host: hostname.replaceAll(/[[\]]/g, ""), port: port ? Number(port) : DEFAULT_PORT };
}

/** What answers at this address within the time, or why nothing useful does. Never throws. */
export async function probeNats(url: string, timeoutMs: number): Promise<NatsProbe> {
  let address: ReturnType<typeof addressOf>;
  try {
    address = addressOf(url);
  } catch {
    return { ok: false, reason: "not an address" };
  }
  return await new Promise((resolve) => {
    const socket = connect(address);
    let text = "";
    const settle = (probe: NatsProbe) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(probe);
    };
    const fail = (reason: string) => settle({ ok: false, reason });
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
      const end = text.indexOf("\r\n");
      if (end >= 0) settle(readInfo(text.slice(0, end)));
      else if (text.length > INFO_BYTES_MAX) fail("what answers is not a NATS server");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => fail(reasonOf(error)));
    socket.on("close", () => fail("the connection was closed without a word"));
  });
}

function readInfo(line: string): NatsProbe {
  const fail: NatsProbe = { ok: false, reason: "what answers is not a NATS server" };
  if (!line.startsWith("INFO ")) return fail;
  try {
    const info = infoSchema.parse(JSON.parse(line.slice("INFO ".length)));
    return {
      ok: true,
      version: info.version,
      jetstream: info.jetstream,
      authRequired: info.auth_required,
      tlsRequired: info.tls_required,
      maxPayload: info.max_payload,
    };
  } catch {
    return fail;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host is unknown",
  EAI_AGAIN: "the host's name cannot be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
};

const reasonOf = (error: NodeJS.ErrnoException): string =>
  reasons[error.code ?? ""] ?? error.code ?? error.message;
